using DataShapley.Clustering;

namespace DataShapley.Refinement;

/// <summary>The clusters of a data set and the record that stands for each: stage A of SHED. Lists are not to be written to.</summary>
/// <param name="Labels">The cluster of each record, from 0.</param>
/// <param name="Distances">The Euclidean distance of each record to the centroid of its cluster.</param>
/// <param name="Proxies">The record that stands for each cluster: the players of the game.</param>
public sealed record RecordClusters(IReadOnlyList<int> Labels, IReadOnlyList<double> Distances, IReadOnlyList<int> Proxies)
{
    /// <summary>Gets the number of clusters that was asked for: more than there are where the records did not allow as many.</summary>
    public int RequestedClusters { get; init; }

    /// <summary>Gets what tells the data set from others.</summary>
    public string DatasetFingerprint { get; init; } = string.Empty;

    /// <summary>Gets the settings with which they were made.</summary>
    public string Settings { get; init; } = string.Empty;

    /// <summary>Takes clusters and their proxies, one a cluster.</summary>
    /// <param name="assignment">The clusters.</param>
    /// <param name="proxies">The proxies by ascending cluster.</param>
    /// <exception cref="ArgumentException">There is not one proxy for each cluster.</exception>
    public static RecordClusters Create(ClusterAssignment assignment, IReadOnlyList<Proxy> proxies)
    {
        ArgumentNullException.ThrowIfNull(assignment);
        ArgumentNullException.ThrowIfNull(proxies);
        return proxies.Select(proxy => proxy.Cluster).SequenceEqual(Enumerable.Range(0, assignment.Clusters))
            ? new RecordClusters(assignment.Labels.ToArray(), assignment.Distances.ToArray(), [.. proxies.Select(proxy => proxy.Record)]) { RequestedClusters = assignment.RequestedClusters }
            : throw new ArgumentException($"There are {proxies.Count} proxies for {assignment.Clusters} clusters; one a cluster is needed, by ascending cluster.", nameof(proxies));
    }

    /// <summary>Gives the clusters scores to sample by.</summary>
    /// <param name="scores">The score of each cluster, finite.</param>
    /// <param name="order">The order of the records of a cluster.</param>
    /// <exception cref="RefinementException">There is not one score for each cluster.</exception>
    /// <exception cref="ArgumentException">A score is not finite.</exception>
    public ScoredClusters WithScores(IReadOnlyList<double> scores, MemberOrder order = MemberOrder.NearestFirst)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return scores.Count == Proxies.Count
            ? ScoredClusters.Create([.. Labels], [.. Distances], scores, order)
            : throw new RefinementException(RefinementError.OtherClusters, $"There are {scores.Count} scores for {Proxies.Count} clusters; these values are of other clusters.");
    }
}
