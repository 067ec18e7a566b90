namespace DataShapley.Clustering;

/// <summary>Two clusters that were joined, each named by one of its items.</summary>
/// <param name="Left">An item of the one, and of what they become.</param>
/// <param name="Right">An item of the other.</param>
/// <param name="Height">How far apart they were; never less than the heights below.</param>
internal readonly record struct ClusterMerge(int Left, int Right, double Height);
