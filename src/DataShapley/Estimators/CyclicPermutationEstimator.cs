using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>Permutation sampling by cycles: the n rotations of a random order, in which each player stands at each position once. Where the position matters more than who came before, it varies far less than <see cref="PermutationEstimator"/>; the cycle is the independent sample.</summary>
/// <remarks>Unbiased without truncation. n · (n − 1) evaluations a cycle: for games of some hundred players at most.</remarks>
public sealed record CyclicPermutationEstimator : OrderEstimator
{
    /// <summary>Gets the semivalue.</summary>
    /// <value>The Shapley value by default.</value>
    public Semivalue Semivalue { get; init; } = Games.Semivalue.Shapley;

    /// <inheritdoc />
    public override string Name => "cyclic_permutation";

    /// <inheritdoc />
    protected override Semivalue Weighting => Semivalue;

    /// <inheritdoc />
    protected override int OrdersPerDraw(int players) => players;

    /// <inheritdoc />
    protected override IEnumerable<int[]> NextOrders(RandomSequence random, int players)
    {
        int[] order = random.NextPermutation(players);
        for (int start = 0; start < players; start++)
        {
            yield return [.. order[start..], .. order[..start]];
        }
    }
}
