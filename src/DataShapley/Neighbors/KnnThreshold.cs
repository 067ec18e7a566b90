using System.Globalization;

namespace DataShapley.Neighbors;

/// <summary>Exact Shapley values of the threshold utility: the share of matching labels among the neighbours within a radius, 1/C without any (TKNN; Wang et al., NeurIPS 2023).</summary>
/// <remarks>Nothing is sorted. A distance so near to the radius that float cannot tell is measured in double.</remarks>
public sealed record KnnThreshold : NeighborValuation<int>
{
    /// <summary>Creates the valuation.</summary>
    /// <param name="radius">The largest distance of a neighbour, in the units of the metric: a squared one for squared Euclidean distances.</param>
    /// <exception cref="ArgumentOutOfRangeException">The radius is NaN.</exception>
    public KnnThreshold(double radius)
    {
        Radius = !double.IsNaN(radius) ? radius : throw new ArgumentOutOfRangeException(nameof(radius), radius, "A radius is a number.");
    }

    /// <inheritdoc />
    public override string Name => "knn_threshold";

    /// <summary>Gets the largest distance of a neighbour.</summary>
    public double Radius { get; }

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

    private protected override string Settings => string.Create(CultureInfo.InvariantCulture, $"radius={Radius}, classes={Classes}, {Metric}");

    private protected override void CheckLabels(ReadOnlySpan<int> labels, bool isTest) => CheckClasses(labels, isTest);

    private protected override NeighborGame Prepare(
        ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, int players, int available, CancellationToken cancellationToken) =>
        new ThresholdGame(labels, tests, Radius, players, Classes ?? CountClasses(labels.Span, tests.Span));
}
