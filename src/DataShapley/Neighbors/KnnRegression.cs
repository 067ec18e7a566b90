using System.Globalization;

namespace DataShapley.Neighbors;

/// <summary>Exact Shapley values for K-nearest-neighbour regression: the utility of a coalition is −(Σ y of its K nearest / K − t)² (Jia et al., VLDB 2019).</summary>
public sealed record KnnRegression : NeighborValuation<double>
{
    /// <inheritdoc />
    public override string Name => "knn_regression";

    /// <summary>Gets the number of neighbours that are averaged.</summary>
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

    /// <summary>Gets whether the utility without neighbours is 0, as the paper has it.</summary>
    /// <value>False by default: without neighbours 0 is predicted, so that the utility is −t². If true, every value is lower by t²/N.</value>
    public bool EmptyIsZero { get; init; }

    private protected override string Settings => string.Create(CultureInfo.InvariantCulture, $"k={K}, empty_is_zero={EmptyIsZero}, {Metric}");

    private protected override void CheckLabels(ReadOnlySpan<double> labels, bool isTest)
    {
        for (int row = 0; row < labels.Length; row++)
        {
            if (!double.IsFinite(labels[row]))
            {
                throw new NeighborDataException(
                    NeighborDataProblem.MissingLabel, isTest, row,
                    $"{(isTest ? "Test" : "Training")} row {row} has the target {labels[row]}: targets are finite. Label the row or leave it out.");
            }
        }
    }

    private protected override NeighborGame Prepare(
        ReadOnlyMemory<double> labels, ReadOnlyMemory<double> tests, int players, int available, CancellationToken cancellationToken) =>
        new RegressionGame(labels, tests, players, K, EmptyIsZero);
}
