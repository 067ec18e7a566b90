using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>The centroids of a mini-batch k-means while they are learnt, and the labels once they are.</summary>
internal sealed class MiniBatchModel(double[] centroids, int dimension, TensorDevice device, int threads)
{
    private readonly int _clusters = centroids.Length / dimension;
    private readonly long[] _counts = new long[centroids.Length / dimension];
    private readonly List<int> _labels = [];
    private readonly List<double> _squared = [];

    public static void RequireDimension(EmbeddingRows batch, int dimension)
    {
        if (batch.Dimension != dimension)
        {
            throw new ArgumentException($"A batch has rows of {batch.Dimension} features, the first one of {dimension}; all must have as many.", nameof(batch));
        }
    }

    /// <summary>Moves centroids to the means of all rows they have had.</summary>
    public void Learn(EmbeddingRows batch, CancellationToken cancellationToken)
    {
        (int[] labels, _) = Find(batch, cancellationToken);
        ClusterMembers members = new(labels, _clusters);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        Parallel.For(0, _clusters, parallel, cluster =>
        {
            int size = members.Size(cluster);
            if (size == 0)
            {
                return;
            }

            double[] mean = new double[dimension];
            ClusterMeans.Compute(batch, members[cluster], mean);
            _counts[cluster] += size;
            double share = (double)size / _counts[cluster];
            Span<double> centroid = centroids.AsSpan(cluster * dimension, dimension);
            for (int i = 0; i < mean.Length; i++)
            {
                centroid[i] = Math.FusedMultiplyAdd(share, mean[i] - centroid[i], centroid[i]);
            }
        });
    }

    /// <summary>Notes the nearest centroid of each row.</summary>
    public void Assign(EmbeddingRows batch, CancellationToken cancellationToken)
    {
        (int[] labels, double[] squared) = Find(batch, cancellationToken);
        _labels.AddRange(labels);
        _squared.AddRange(squared);
    }

    /// <summary>Returns what was noted, without the clusters that have no row.</summary>
    public ClusterAssignment ToAssignment(int requested, int passes)
    {
        int[] labels = [.. _labels];
        ClusterMembers members = new(labels, _clusters);
        int[] numbers = new int[_clusters];
        List<double> kept = [];
        for (int cluster = 0; cluster < _clusters; cluster++)
        {
            numbers[cluster] = kept.Count / dimension;
            if (members.Size(cluster) > 0)
            {
                kept.AddRange(centroids.AsSpan(cluster * dimension, dimension));
            }
        }

        return new ClusterAssignment(Array.ConvertAll(labels, label => numbers[label]), [.. kept], dimension, [.. _squared])
        {
            RequestedClusters = requested,
            Iterations = passes,
        };
    }

    private (int[] Labels, double[] Squared) Find(EmbeddingRows batch, CancellationToken cancellationToken)
    {
        RequireDimension(batch, dimension);
        using CenteredRows points = new(batch, threads, cancellationToken);
        using CentroidSearch search = new(points, centroids, device);
        int[] labels = new int[batch.Count];
        double[] squared = new double[batch.Count];
        search.Load();
        search.ForEachRow(null, (row, products) => (labels[row], squared[row], _) = search.Find(row, products, NearestCentroid.Unknown));
        return (labels, squared);
    }
}
