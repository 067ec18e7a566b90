using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>Who stands before the player in a random order: every size is equally likely, p = 1 / (n · C(n−1, s)).</summary>
public sealed record PermutationSampler : CoalitionSampler
{
    /// <inheritdoc />
    public override string Name => "permutation";

    /// <inheritdoc />
    public override double[] LogProbabilities(int players) => Fill(players, size => -Math.Log(players) - Semivalue.LogCount(players, size));

    /// <inheritdoc />
    public override IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player)
    {
        ArgumentNullException.ThrowIfNull(random);

        // A position, and who fills those before it: as likely as from a whole order, for less.
        return [Marginal.NextWithout(random, players, player, random.NextBelow(players))];
    }
}
