using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>Each other player joins with probability ½: every coalition is equally likely, p = 2^−(n−1).</summary>
public sealed record UniformSampler : CoalitionSampler
{
    /// <inheritdoc />
    public override string Name => "uniform";

    /// <inheritdoc />
    public override double[] LogProbabilities(int players) => Fill(players, _ => -(players - 1) * Math.Log(2));

    /// <inheritdoc />
    public override IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player)
    {
        ArgumentNullException.ThrowIfNull(random);
        return [random.NextBernoulli(players, 0.5).Without(player)];
    }
}
