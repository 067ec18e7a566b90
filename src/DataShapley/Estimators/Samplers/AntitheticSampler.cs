using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>A uniform coalition and the coalition of all others without the player: each has p = 2^−(n−1), and the pair is one sample.</summary>
public sealed record AntitheticSampler : CoalitionSampler
{
    /// <inheritdoc />
    public override string Name => "antithetic";

    /// <inheritdoc />
    public override int CoalitionsPerDraw => 2;

    /// <inheritdoc />
    public override double[] LogProbabilities(int players) => Fill(players, _ => -(players - 1) * Math.Log(2));

    /// <inheritdoc />
    public override IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player)
    {
        ArgumentNullException.ThrowIfNull(random);
        Coalition coalition = random.NextBernoulli(players, 0.5);
        return [coalition.Without(player), coalition.Complement().Without(player)];
    }
}
