namespace DataShapley.Clustering;

/// <summary>How far k-means has come.</summary>
/// <param name="Iteration">The iteration that ended, from 1.</param>
/// <param name="Changed">How many rows changed their cluster in it.</param>
/// <param name="Inertia">The sum of the squared distances to the nearest centroids.</param>
public readonly record struct KMeansProgress(int Iteration, int Changed, double Inertia);
