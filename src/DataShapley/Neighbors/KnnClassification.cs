using System.Globalization;
using DataShapley.Games;

namespace DataShapley.Neighbors;

/// <summary>Exact values for K-nearest-neighbour classification: the utility of a coalition is the number of matching labels among its K nearest, over K (Jia et al., VLDB 2019).</summary>
/// <remarks>
/// Any semivalue takes one pass over the ordered neighbours: s_i = s_{i+1} + (e_i − e_{i+1})/K · P(fewer than K nearer ones are present). Divided by K also
/// where fewer than K rows exist: published code starts the recursion at e_N/N, which is wrong for K above N. A class that no training row has
/// is right at zero.
/// </remarks>
public sealed record KnnClassification : NeighborValuation<int>
{
    /// <inheritdoc />
    public override string Name => "knn_classification";

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

    /// <summary>Gets the semivalue.</summary>
    /// <value>Shapley by default. Shapley, Banzhaf and Beta take a table of N steps, others one of N².</value>
    public Semivalue Semivalue { get; init; } = Semivalue.Shapley;

    /// <summary>Gets how far values may be off, each test point's all by one number: only the nearest are then selected, and the others are worth 0.</summary>
    /// <value>0 by default, for exact values; for Shapley values 1/100 selects the 100 nearest.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or NaN.</exception>
    public double Tolerance
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A tolerance is not negative.");
    }

    private protected override string Settings => string.Create(CultureInfo.InvariantCulture, $"k={K}, {Semivalue.Name}, {Metric}, tolerance={Tolerance}");

    private protected override void CheckLabels(ReadOnlySpan<int> labels, bool isTest) => CheckClasses(labels, isTest);

    private protected override NeighborGame Prepare(
        ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, int players, int available, CancellationToken cancellationToken) =>
        new ClassificationGame(labels, tests, PresenceTable.Compute(Semivalue, players, K), K, Tolerance, available);
}
