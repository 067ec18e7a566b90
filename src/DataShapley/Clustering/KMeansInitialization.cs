namespace DataShapley.Clustering;

/// <summary>How the first centroids of k-means are chosen.</summary>
public enum KMeansInitialization
{
    /// <summary>k-means++ with <c>2 + ⌊ln C⌋</c> trials a centroid, of which the best is kept (Arthur and Vassilvitskii 2007, section 4). Reads all rows up to C times.</summary>
    GreedyPlusPlus,

    /// <summary>Distinct rows, each as likely: instant, and worse clusters.</summary>
    RandomRows,
}
