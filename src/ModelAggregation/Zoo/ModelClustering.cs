namespace ModelAggregation.Zoo;

/// <summary>Puts models into clusters by how alike they are.</summary>
public static class ModelClustering
{
    /// <summary>Finds the clusters.</summary>
    /// <param name="similarity">How alike the models are; two that were not compared never share a cluster by their own likeness.</param>
    /// <param name="options">Which models make a cluster; the defaults when null.</param>
    /// <returns>The clusters: every model is in one, alone if need be. In the order of their first models.</returns>
    public static IReadOnlyList<ModelCluster> Cluster(SimilarityMatrix similarity, ClusteringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(similarity);
        options ??= new ClusteringOptions();
        List<List<int>> clusters = options.Linkage is ClusterLinkage.Leader ? ByLeader(similarity, options.Threshold) : Agglomerate(similarity, options);
        return
        [
            .. clusters
                .Select(cluster => cluster.Order().ToArray())
                .OrderBy(cluster => cluster[0])
                .Select(cluster => new ModelCluster([.. cluster.Select(model => similarity.Models[model])])),
        ];
    }

    private static List<List<int>> ByLeader(SimilarityMatrix similarity, double threshold)
    {
        List<List<int>> clusters = [];
        for (int model = 0; model < similarity.Models.Count; model++)
        {
            if (clusters.Find(cluster => similarity[cluster[0], model] > threshold) is { } first)
            {
                first.Add(model);
            }
            else
            {
                clusters.Add([model]);
            }
        }

        return clusters;
    }

    private static List<List<int>> Agglomerate(SimilarityMatrix similarity, ClusteringOptions options)
    {
        List<List<int>> clusters = [.. Enumerable.Range(0, similarity.Models.Count).Select(model => (List<int>)[model])];
        while (true)
        {
            double best = options.Threshold;
            (int Left, int Right) pair = (-1, -1);
            for (int left = 0; left < clusters.Count; left++)
            {
                for (int right = left + 1; right < clusters.Count; right++)
                {
                    // NaN is not more than anything: clusters with a pair that was not compared stay apart. Of equal pairs the first is joined.
                    double likeness = Likeness(similarity, clusters[left], clusters[right], options.Linkage);
                    if (likeness > best)
                    {
                        best = likeness;
                        pair = (left, right);
                    }
                }
            }

            if (pair.Left < 0)
            {
                return clusters;
            }

            clusters[pair.Left].AddRange(clusters[pair.Right]);
            clusters.RemoveAt(pair.Right);
        }
    }

    private static double Likeness(SimilarityMatrix similarity, List<int> left, List<int> right, ClusterLinkage linkage)
    {
        IEnumerable<double> pairs = left.SelectMany(first => right.Select(second => similarity[first, second]));

        // Math.Min hands on a NaN; Enumerable.Min would too, but on an order that it does not promise.
        return linkage is ClusterLinkage.Average ? pairs.Average() : pairs.Aggregate(1.0, Math.Min);
    }
}
