using System.Globalization;
using DataShapley.Games;

namespace DataShapley.Neighbors;

/// <summary>Exact Shapley values for weighted nearest neighbours with a hard decision: 1 if the weights of the test point's class, among the K nearest, are not below those against it (Wang et al., AISTATS 2024).</summary>
/// <remarks>
/// Dynamic programming over whole-number weights: O(K²·N²·2ᵇ) for each test point, so for thousands of rows at most. With several classes a value is the mean
/// over the other classes of the game of the rows of both. The result's fact <c>weight_rounding</c> is how far a weight may be off by the rounding to b
/// bits, as a share of the test point's largest weight.
/// </remarks>
public sealed record KnnWeighted : NeighborValuation<int>
{
    private const double LargestLogCount = 700;

    /// <inheritdoc />
    public override string Name => "knn_weighted";

    /// <summary>Gets the number of neighbours that vote.</summary>
    /// <value>5 by default; 1 or more, also above the number of rows.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int K
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 5;

    /// <summary>Gets the weight of a neighbour at a distance of the metric; it is called from several threads.</summary>
    /// <value>1/(1 + distance) by default; the results are finite and not negative.</value>
    public Func<double, double> Weight { get; init; } = distance => 1 / (1 + distance);

    /// <summary>Gets the bits b of a weight.</summary>
    /// <value>3 by default; 1 to 12.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number lies outside.</exception>
    public int Bits
    {
        get;
        init => field = value is >= 1 and <= 12 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A weight has 1 to 12 bits.");
    } = 3;

    /// <summary>Gets whether the largest weight is 2ᵇ − 1, as the paper has it, and not 2ᵇ.</summary>
    /// <value>False by default.</value>
    public bool LargestIsBelowPower { get; init; }

    /// <summary>Gets whether the utility without neighbours is 1, as the paper has it: a sum of nothing is not negative.</summary>
    /// <value>False by default: without neighbours there is no right decision, 0.</value>
    public bool EmptyIsOne { get; init; }

    private protected override string Settings =>
        string.Create(CultureInfo.InvariantCulture, $"k={K}, bits={Bits}, largest_is_below_power={LargestIsBelowPower}, empty_is_one={EmptyIsOne}, {Metric}");

    private protected override void CheckLabels(ReadOnlySpan<int> labels, bool isTest) => CheckClasses(labels, isTest);

    private protected override NeighborGame Prepare(
        ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, int players, int available, CancellationToken cancellationToken)
    {
        int levels = (1 << Bits) - (LargestIsBelowPower ? 1 : 0);
        long votes = Math.Min(K, players);
        if (votes * ((2 * votes * levels) + 1) > Array.MaxLength || Semivalue.LogCount(players, Math.Min(K, players - 1)) > LargestLogCount)
        {
            throw new ValuationException(
                ValuationError.TooManyPlayers, $"Coalitions of {K} among {players} rows are too many to count. Take fewer neighbours, rows or bits.");
        }

        return new WeightedGame(labels, tests, players, levels, Weight, new WeightedRecursion(K, EmptyIsOne, cancellationToken));
    }
}
