using DataShapley.Games;
using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>k-means by Lloyd's iterations: records that are alike by the squared Euclidean distance of their embeddings share a cluster.</summary>
/// <remarks>
/// <para>Stage A of SHED (arXiv 2405.00705, section 3.1), with a seed. Centroids are means in double, added in the order of the records; a label is that of the
/// centroid with the least distance in double, the lower one where equal. The result is the same bits for any device and number of threads.</para>
/// <para>A cluster that runs empty takes the record that is farthest from its centroid. Memory: a second copy of the embeddings, some 40 bytes a record, 32 MiB of products.</para>
/// </remarks>
/// <param name="device">Multiplies.</param>
/// <param name="options">The settings; the defaults when null.</param>
public sealed class KMeans(TensorDevice device, KMeansOptions? options = null)
{
    private readonly TensorDevice _device = device ?? throw new ArgumentNullException(nameof(device));

    /// <summary>Gets the settings.</summary>
    public KMeansOptions Options { get; } = options ?? new KMeansOptions();

    /// <summary>Clusters embeddings.</summary>
    /// <param name="rows">The embeddings of the records.</param>
    /// <param name="progress">Hears of each iteration.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <returns>The clusters; fewer than asked for where there are fewer distinct rows.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ClusterAssignment Cluster(EmbeddingRows rows, IProgress<KMeansProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int clusters = DistinctRows.Count(rows, Options.Clusters);
        using CenteredRows points = new(rows, Options.Threads, cancellationToken);
        ClusterAssignment? best = null;
        for (int restart = 0; restart < Options.Restarts; restart++)
        {
            using Lloyd lloyd = new(points, Initialize(points, clusters, Options, restart), _device, Options);
            ClusterAssignment found = lloyd.Run(Options.Clusters, progress);
            best = best is null || found.Inertia < best.Inertia ? found : best;
        }

        return best!;
    }

    /// <summary>Chooses rows and copies them as centroids.</summary>
    internal static double[] Initialize(CenteredRows points, int clusters, KMeansOptions options, int restart)
    {
        RandomSequence random = new RandomStreams(options.Seed, "k-means").At(restart);
        int[] chosen = options.Initialization == KMeansInitialization.RandomRows
            ? RandomRows(points.Rows, clusters, random)
            : new PlusPlusSeeding(points, clusters, random).Choose();
        int dimension = points.Rows.Dimension;
        double[] centroids = new double[checked(clusters * dimension)];
        for (int cluster = 0; cluster < clusters; cluster++)
        {
            ClusterMeans.Compute(points.Rows, [chosen[cluster]], centroids.AsSpan(cluster * dimension, dimension));
        }

        return centroids;
    }

    /// <summary>Draws rows without replacement and leaves out those that were drawn with the same features.</summary>
    private static int[] RandomRows(EmbeddingRows rows, int clusters, RandomSequence random)
    {
        int[] order = [.. Enumerable.Range(0, rows.Count)];
        HashSet<int> distinct = new(new DistinctRows(rows));
        int[] chosen = new int[clusters];
        for (int drawn = 0; distinct.Count < clusters; drawn++)
        {
            int other = drawn + random.NextBelow(rows.Count - drawn);
            (order[drawn], order[other]) = (order[other], order[drawn]);
            if (distinct.Add(order[drawn]))
            {
                chosen[distinct.Count - 1] = order[drawn];
            }
        }

        return chosen;
    }
}
