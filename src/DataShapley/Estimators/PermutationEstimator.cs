using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>Permutation sampling (Castro, Gómez and Tejada, 2009; Data Shapley, Ghorbani and Zou, ICML 2019): φ̂_i is the mean over random orders of v(P ∪ i) − v(P), P who joined before i. For other semivalues a contribution at size s counts n · C(n−1, s) · w(s) times.</summary>
/// <remarks>Unbiased without truncation. n − 1 evaluations an order.</remarks>
public sealed record PermutationEstimator : OrderEstimator
{
    /// <summary>Gets the semivalue.</summary>
    /// <value>The Shapley value by default.</value>
    public Semivalue Semivalue { get; init; } = Games.Semivalue.Shapley;

    /// <inheritdoc />
    public override string Name => "permutation";

    /// <inheritdoc />
    protected override Semivalue Weighting => Semivalue;

    /// <inheritdoc />
    protected override int OrdersPerDraw(int players) => 1;

    /// <inheritdoc />
    protected override IEnumerable<int[]> NextOrders(RandomSequence random, int players) => [random.NextPermutation(players)];
}
