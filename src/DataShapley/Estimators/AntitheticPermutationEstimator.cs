using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>Permutation sampling by pairs: each order and its reverse (Mitchell et al., JMLR 2022). Varies less than <see cref="PermutationEstimator"/> where contributions rise or fall with the position; the pair is the independent sample.</summary>
/// <remarks>Unbiased without truncation. 2 · (n − 1) evaluations a pair.</remarks>
public sealed record AntitheticPermutationEstimator : OrderEstimator
{
    /// <summary>Gets the semivalue.</summary>
    /// <value>The Shapley value by default.</value>
    public Semivalue Semivalue { get; init; } = Games.Semivalue.Shapley;

    /// <inheritdoc />
    public override string Name => "antithetic_permutation";

    /// <inheritdoc />
    protected override Semivalue Weighting => Semivalue;

    /// <inheritdoc />
    protected override int OrdersPerDraw(int players) => 2;

    /// <inheritdoc />
    protected override IEnumerable<int[]> NextOrders(RandomSequence random, int players)
    {
        int[] order = random.NextPermutation(players);
        int[] reverse = [.. order];
        Array.Reverse(reverse);
        return [order, reverse];
    }
}
