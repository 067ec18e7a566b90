using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>Each other player joins with a probability that is drawn uniformly from [0, 1]: p = 1 / (n · C(n−1, s)).</summary>
public sealed record OwenSampler : CoalitionSampler
{
    /// <inheritdoc />
    public override string Name => "owen";

    /// <inheritdoc />
    public override double[] LogProbabilities(int players) => Fill(players, size => -Math.Log(players) - Semivalue.LogCount(players, size));

    /// <inheritdoc />
    public override IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player)
    {
        ArgumentNullException.ThrowIfNull(random);
        return [random.NextBernoulli(players, random.NextDouble()).Without(player)];
    }
}
