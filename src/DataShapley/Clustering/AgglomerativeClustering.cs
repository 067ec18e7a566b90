using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>Agglomerative clustering: the two nearest clusters are joined until as many are left as are asked for.</summary>
/// <remarks>
/// Holds all distances in double, so it is for some ten thousand rows; more are divided by k-means first (<see cref="AgglomerativeOptions.MicroClusters"/>).
/// The result is the same bits for any number of threads. Clusters are numbered by their first records; the centroids are means.
/// </remarks>
/// <param name="device">Multiplies in the k-means.</param>
/// <param name="options">The settings; the defaults when null.</param>
public sealed class AgglomerativeClustering(TensorDevice device, AgglomerativeOptions? options = null)
{
    private readonly TensorDevice _device = device ?? throw new ArgumentNullException(nameof(device));

    /// <summary>Gets the settings.</summary>
    public AgglomerativeOptions Options { get; } = options ?? new AgglomerativeOptions();

    /// <summary>Clusters embeddings.</summary>
    /// <param name="rows">The embeddings of the records.</param>
    /// <param name="cancellationToken">Stops between rows and merges.</param>
    /// <returns>The clusters; fewer than asked for where there are fewer rows.</returns>
    /// <exception cref="TooManyRowsException">There are more rows, or micro-clusters, than <see cref="AgglomerativeOptions.MaximumRows"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ClusterAssignment Cluster(EmbeddingRows rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        bool isDivided = Options.MicroClusters > 0 && rows.Count > Options.MicroClusters;
        int count = isDivided ? Options.MicroClusters : rows.Count;
        if (count > Options.MaximumRows)
        {
            throw new TooManyRowsException(count, Options.MaximumRows);
        }

        return isDivided ? ClusterMicro(rows, cancellationToken) : ClusterRows(rows, cancellationToken);
    }

    private ClusterAssignment ClusterRows(EmbeddingRows rows, CancellationToken cancellationToken)
    {
        double[][] items = new double[rows.Count][];
        double[] weights = new double[rows.Count];
        for (int row = 0; row < items.Length; row++)
        {
            items[row] = new double[rows.Dimension];
            ClusterMeans.Add(rows.Row(row), items[row]);
            weights[row] = 1;
        }

        return Assign(rows, Join(items, weights, cancellationToken));
    }

    private ClusterAssignment ClusterMicro(EmbeddingRows rows, CancellationToken cancellationToken)
    {
        KMeansOptions settings = new() { Clusters = Options.MicroClusters, Seed = Options.Seed, Threads = Options.Threads };
        ClusterAssignment micro = new KMeans(_device, settings).Cluster(rows, cancellationToken: cancellationToken);
        double[][] items = [.. Enumerable.Range(0, micro.Clusters).Select(cluster => micro.Centroid(cluster).ToArray())];
        double[] weights = [.. Enumerable.Range(0, micro.Clusters).Select(cluster => (double)micro.Size(cluster))];
        int[] joined = Join(items, weights, cancellationToken);
        return Assign(rows, Array.ConvertAll(micro.Labels.ToArray(), label => joined[label]));
    }

    /// <summary>Joins items and returns one item of its cluster for each.</summary>
    private int[] Join(double[][] items, double[] weights, CancellationToken cancellationToken)
    {
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Options.Threads, CancellationToken = cancellationToken };
        List<ClusterMerge> merges = new NeighborChain(items, weights, Options.Linkage, parallel).Join(cancellationToken);
        int[] parents = [.. Enumerable.Range(0, items.Length)];
        foreach (ClusterMerge merge in merges.Take(Math.Max(items.Length - Options.Clusters, 0)))
        {
            parents[Root(parents, merge.Right)] = Root(parents, merge.Left);
        }

        return [.. parents.Select((_, item) => Root(parents, item))];
    }

    private static int Root(int[] parents, int item)
    {
        while (parents[item] != item)
        {
            parents[item] = parents[parents[item]];
            item = parents[item];
        }

        return item;
    }

    /// <summary>Numbers clusters by their first records.</summary>
    private ClusterAssignment Assign(EmbeddingRows rows, int[] roots)
    {
        Dictionary<int, int> numbers = [];
        int[] labels = new int[roots.Length];
        for (int record = 0; record < roots.Length; record++)
        {
            numbers.TryAdd(roots[record], numbers.Count);
            labels[record] = numbers[roots[record]];
        }

        return ClusterAssignment.FromLabels(rows, labels, Options.Clusters);
    }
}
