namespace DataShapley.Refinement;

/// <summary>Clusters of records with a score each: what samplers draw from.</summary>
public sealed class ScoredClusters
{
    private readonly int[][] _members;
    private readonly double[] _scores;

    private ScoredClusters(int[][] members, double[] scores)
    {
        _members = members;
        _scores = scores;
        RecordCount = members.Sum(cluster => cluster.Length);
    }

    /// <summary>Gets the number of clusters.</summary>
    public int Count => _members.Length;

    /// <summary>Gets the number of records of all clusters.</summary>
    public int RecordCount { get; }

    /// <summary>Gets the score of each cluster; all finite.</summary>
    public IReadOnlyList<double> Scores => _scores;

    /// <summary>Gets the clusters by score, the highest first; the lower index where two are equal.</summary>
    public IReadOnlyList<int> ByQuality => [.. Enumerable.Range(0, Count).OrderByDescending(cluster => _scores[cluster])];

    /// <summary>Makes scored clusters.</summary>
    /// <param name="labels">The cluster of each record, from 0.</param>
    /// <param name="distances">The distance of each record to its centroid; empty for file order.</param>
    /// <param name="scores">The score of each cluster, finite.</param>
    /// <param name="order">The order of the records of a cluster; without distances, file order it is.</param>
    /// <exception cref="ArgumentException">A label is of no cluster, a score is not finite, or there are distances for some records only.</exception>
    public static ScoredClusters Create(ReadOnlySpan<int> labels, ReadOnlySpan<double> distances, IReadOnlyList<double> scores, MemberOrder order = MemberOrder.NearestFirst)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (!distances.IsEmpty && distances.Length != labels.Length)
        {
            throw new ArgumentException($"There are {labels.Length} labels and {distances.Length} distances.", nameof(distances));
        }

        for (int cluster = 0; cluster < scores.Count; cluster++)
        {
            if (!double.IsFinite(scores[cluster]))
            {
                throw new ArgumentException($"The score of cluster {cluster} is {scores[cluster]}; scores are finite. Value the cluster, or give it a score.", nameof(scores));
            }
        }

        List<int>[] members = [.. scores.Select(_ => new List<int>())];
        for (int record = 0; record < labels.Length; record++)
        {
            if ((uint)labels[record] >= (uint)scores.Count)
            {
                throw new ArgumentException($"Record {record} is of cluster {labels[record]}; there are {scores.Count}, counted from 0.", nameof(labels));
            }

            members[labels[record]].Add(record);
        }

        double[] far = order == MemberOrder.NearestFirst ? distances.ToArray() : [];
        return new ScoredClusters([.. members.Select(cluster => far.Length > 0 ? cluster.OrderBy(record => far[record]).ToArray() : [.. cluster])], [.. scores]);
    }

    /// <summary>Lends the records of a cluster, in the order in which they are to be taken.</summary>
    /// <param name="cluster">The cluster, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such cluster.</exception>
    public ReadOnlySpan<int> Members(int cluster)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cluster);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cluster, Count);
        return _members[cluster];
    }

    /// <summary>Leaves records out; a cluster may become empty.</summary>
    internal ScoredClusters Where(Func<int, bool> isKept) => new([.. _members.Select(cluster => cluster.Where(isKept).ToArray())], _scores);
}
