namespace DataShapley.Clustering;

/// <summary>A record that stands for a cluster.</summary>
/// <param name="Cluster">The cluster, from 0.</param>
/// <param name="Record">The index of the record.</param>
/// <param name="Distance">The Euclidean distance of the record to the cluster's centroid.</param>
public readonly record struct Proxy(int Cluster, int Record, double Distance);
