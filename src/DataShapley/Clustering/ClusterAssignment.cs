namespace DataShapley.Clustering;

/// <summary>A partition of records into clusters, with a centroid each. No cluster is empty.</summary>
public sealed class ClusterAssignment
{
    private readonly int[] _labels;
    private readonly double[] _centroids;
    private readonly double[] _squaredDistances;
    private readonly double[] _distances;
    private readonly ClusterMembers _members;

    internal ClusterAssignment(int[] labels, double[] centroids, int dimension, double[] squaredDistances)
    {
        _labels = labels;
        _centroids = centroids;
        _squaredDistances = squaredDistances;
        _distances = Array.ConvertAll(squaredDistances, Math.Sqrt);
        _members = new ClusterMembers(labels, centroids.Length / dimension);
        Dimension = dimension;
        RequestedClusters = Clusters;
        Inertia = squaredDistances.Sum();
    }

    /// <summary>Gets the number of records.</summary>
    public int Records => _labels.Length;

    /// <summary>Gets the number of clusters.</summary>
    public int Clusters => _members.Clusters;

    /// <summary>Gets the number of clusters that was asked for; more than <see cref="Clusters"/> where the records did not allow as many.</summary>
    public int RequestedClusters { get; internal init; }

    /// <summary>Gets the number of features of a centroid.</summary>
    public int Dimension { get; }

    /// <summary>Gets the cluster of each record, from 0.</summary>
    public ReadOnlyMemory<int> Labels => _labels;

    /// <summary>Gets the Euclidean distance of each record to the centroid of its cluster.</summary>
    public ReadOnlyMemory<double> Distances => _distances;

    /// <summary>Gets the sum of the squared distances to the centroids.</summary>
    public double Inertia { get; }

    /// <summary>Gets the number of iterations that were made; 0 where the method makes none.</summary>
    public int Iterations { get; internal init; }

    /// <summary>Gets whether the method came to its end before the iterations did.</summary>
    public bool HasConverged { get; internal init; } = true;

    /// <summary>Gets the squares before their roots are rounded.</summary>
    internal ReadOnlySpan<double> SquaredDistances => _squaredDistances;

    /// <summary>Makes an assignment of labels from elsewhere; the centroids are the means of the members.</summary>
    /// <param name="rows">The embeddings of the records.</param>
    /// <param name="labels">The cluster of each record; from 0, none left out.</param>
    /// <exception cref="ArgumentException">There is not one label a record, a label is negative, or one up to the largest is not used.</exception>
    public static ClusterAssignment FromLabels(EmbeddingRows rows, ReadOnlySpan<int> labels) => FromLabels(rows, labels, requested: null);

    /// <summary>Makes an assignment, and says how many clusters were asked for.</summary>
    internal static ClusterAssignment FromLabels(EmbeddingRows rows, ReadOnlySpan<int> labels, int? requested)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (labels.Length != rows.Count)
        {
            throw new ArgumentException($"{labels.Length} labels for {rows.Count} records; there must be one a record.", nameof(labels));
        }

        RequireUsed(labels);
        int[] own = labels.ToArray();
        ClusterMembers members = new(own, own.Max() + 1);
        double[] centroids = new double[checked(members.Clusters * rows.Dimension)];
        double[] squared = new double[own.Length];
        for (int cluster = 0; cluster < members.Clusters; cluster++)
        {
            Span<double> centroid = centroids.AsSpan(cluster * rows.Dimension, rows.Dimension);
            ClusterMeans.Compute(rows, members[cluster], centroid);
            foreach (int member in members[cluster])
            {
                squared[member] = PreciseDistance.Squared(rows.Row(member), centroid);
            }
        }

        return new ClusterAssignment(own, centroids, rows.Dimension, squared) { RequestedClusters = requested ?? members.Clusters };
    }

    /// <summary>Lends the centroid of a cluster.</summary>
    /// <param name="cluster">The cluster, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such cluster.</exception>
    public ReadOnlySpan<double> Centroid(int cluster)
    {
        RequireCluster(cluster);
        return _centroids.AsSpan(cluster * Dimension, Dimension);
    }

    /// <summary>Lends the records of a cluster, in ascending order.</summary>
    /// <param name="cluster">The cluster, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such cluster.</exception>
    public ReadOnlySpan<int> Members(int cluster)
    {
        RequireCluster(cluster);
        return _members[cluster];
    }

    /// <summary>Gets the number of records of a cluster, at least 1.</summary>
    /// <param name="cluster">The cluster, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such cluster.</exception>
    public int Size(int cluster)
    {
        RequireCluster(cluster);
        return _members.Size(cluster);
    }

    private static void RequireUsed(ReadOnlySpan<int> labels)
    {
        // As many labels as records is the most that can all be used: a larger one leaves some out.
        bool[] isUsed = new bool[labels.Length];
        int largest = -1;
        for (int record = 0; record < labels.Length; record++)
        {
            int label = labels[record];
            if (label < 0 || label >= labels.Length)
            {
                throw new ArgumentException($"The label of record {record} is {label}; labels are numbered from 0 without gaps.", nameof(labels));
            }

            isUsed[label] = true;
            largest = Math.Max(largest, label);
        }

        int gap = Array.IndexOf(isUsed, false);
        if (gap >= 0 && gap < largest)
        {
            throw new ArgumentException($"Label {gap} has no record, {largest} has; labels are numbered from 0 without gaps.", nameof(labels));
        }
    }

    private void RequireCluster(int cluster)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cluster);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cluster, Clusters);
    }
}
