using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>All others, always: p = 1 at size n − 1. For leave-one-out alone; of a noisy utility it gives the mean.</summary>
public sealed record LeaveOneOutSampler : CoalitionSampler
{
    /// <inheritdoc />
    public override string Name => "loo";

    /// <inheritdoc />
    public override double[] LogProbabilities(int players) => Fill(players, size => size == players - 1 ? 0 : double.NegativeInfinity);

    /// <inheritdoc />
    public override IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player) => [Coalition.Full(players).Without(player)];
}
