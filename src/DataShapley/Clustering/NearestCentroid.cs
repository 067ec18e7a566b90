namespace DataShapley.Clustering;

/// <summary>What is known of a row's nearest centroid.</summary>
/// <param name="Label">The cluster, or -1 where none is known yet.</param>
/// <param name="Squared">The squared distance to its centroid, in double.</param>
/// <param name="Lower">What no other centroid is nearer than.</param>
internal readonly record struct NearestCentroid(int Label, double Squared, double Lower)
{
    /// <summary>What covers the rounding of roots and sums of distances in double.</summary>
    public const double Slack = 1e-12;

    /// <summary>Gets that nothing is known.</summary>
    public static NearestCentroid Unknown { get; } = new(-1, double.PositiveInfinity, double.PositiveInfinity);
}
