using DataShapley.Games;
using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>Chooses the records that stand for clusters: the players of SHED's game (arXiv 2405.00705, section 3.1).</summary>
public static class Proxies
{
    /// <summary>Chooses proxies for every cluster.</summary>
    /// <param name="rows">The embeddings of the records.</param>
    /// <param name="assignment">The clusters of the records.</param>
    /// <param name="device">Multiplies where all records are searched.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between records and blocks.</param>
    /// <returns>Proxies by ascending cluster, those of a cluster from the best to the last; of random ones, in the order drawn.</returns>
    /// <exception cref="ArgumentException">The clusters are of other embeddings, or all records are to be searched for something else than the nearest.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<Proxy> Select(
        EmbeddingRows rows, ClusterAssignment assignment, TensorDevice device, ProxyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(assignment);
        ArgumentNullException.ThrowIfNull(device);
        options ??= new ProxyOptions();
        if (rows.Count != assignment.Records || rows.Dimension != assignment.Dimension)
        {
            throw new ArgumentException(
                $"The embeddings are {rows.Count} of {rows.Dimension} features, the clusters hold {assignment.Records} of {assignment.Dimension}.", nameof(assignment));
        }

        if (options.Search == ProxySearch.All)
        {
            return options.Mode == ProxyMode.Nearest
                ? NearestRecords.Find(rows, assignment, device, options, cancellationToken)
                : throw new ArgumentException($"All records are searched for the nearest only, not for {options.Mode}; search the members.", nameof(options));
        }

        return options.Mode switch
        {
            ProxyMode.Nearest => Least(assignment, assignment.SquaredDistances.ToArray(), options.PerCluster),
            ProxyMode.Medoid => Least(assignment, SumsOfDistances(rows, assignment, options, cancellationToken), options.PerCluster),
            ProxyMode.Random => Draw(assignment, options),
            _ => throw new ArgumentException($"{options.Mode} is no way to choose a proxy.", nameof(options)),
        };
    }

    private static List<Proxy> Least(ClusterAssignment assignment, double[] scores, int perCluster)
    {
        List<Proxy> proxies = [];
        for (int cluster = 0; cluster < assignment.Clusters; cluster++)
        {
            // Ordering is stable and members ascend: the lower index wins.
            proxies.AddRange(assignment.Members(cluster).ToArray().OrderBy(member => scores[member]).Take(perCluster).Select(member => Create(assignment, member)));
        }

        return proxies;
    }

    private static double[] SumsOfDistances(EmbeddingRows rows, ClusterAssignment assignment, ProxyOptions options, CancellationToken cancellationToken)
    {
        double[] sums = new double[rows.Count];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellationToken };
        Parallel.For(0, rows.Count, parallel, record =>
        {
            double[] own = new double[rows.Dimension];
            ClusterMeans.Add(rows.Row(record), own);
            foreach (int member in assignment.Members(assignment.Labels.Span[record]))
            {
                sums[record] += Math.Sqrt(PreciseDistance.Squared(rows.Row(member), own));
            }
        });
        return sums;
    }

    private static List<Proxy> Draw(ClusterAssignment assignment, ProxyOptions options)
    {
        RandomStreams streams = new(options.Seed, "proxies");
        List<Proxy> proxies = [];
        for (int cluster = 0; cluster < assignment.Clusters; cluster++)
        {
            int[] members = assignment.Members(cluster).ToArray();
            streams.At(cluster).Shuffle(members.AsSpan());
            proxies.AddRange(members.Take(options.PerCluster).Select(member => Create(assignment, member)));
        }

        return proxies;
    }

    private static Proxy Create(ClusterAssignment assignment, int record) =>
        new(assignment.Labels.Span[record], record, assignment.Distances.Span[record]);
}
