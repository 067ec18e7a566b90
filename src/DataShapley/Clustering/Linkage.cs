namespace DataShapley.Clustering;

/// <summary>How far apart two clusters are.</summary>
public enum Linkage
{
    /// <summary>By how much joining them raises the sum of squared distances to the centroids (Ward 1963).</summary>
    Ward,

    /// <summary>The mean Euclidean distance between their records.</summary>
    Average,
}
