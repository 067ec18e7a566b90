using System.Globalization;

namespace DataShapley.Neighbors;

/// <summary>Exact Shapley values of the soft-label utility: the share of matching labels among the neighbours that are present, up to K (Wang and Jia, 2023).</summary>
/// <remarks>Without neighbours a coalition guesses: 1/C. Right also for K above the number of rows, where published code is not.</remarks>
public sealed record KnnSoftLabel : NeighborValuation<int>
{
    /// <inheritdoc />
    public override string Name => "knn_soft_label";

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

    /// <summary>Gets the number of classes C of the guess without neighbours.</summary>
    /// <value>Null by default: as many as there are among training and test labels; 1 or more.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int? Classes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    }

    private protected override string Settings => string.Create(CultureInfo.InvariantCulture, $"k={K}, classes={Classes}, {Metric}");

    private protected override void CheckLabels(ReadOnlySpan<int> labels, bool isTest) => CheckClasses(labels, isTest);

    private protected override NeighborGame Prepare(
        ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, int players, int available, CancellationToken cancellationToken) =>
        new SoftLabelGame(labels, tests, players, K, Classes ?? CountClasses(labels.Span, tests.Span));
}
