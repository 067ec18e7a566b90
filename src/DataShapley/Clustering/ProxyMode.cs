namespace DataShapley.Clustering;

/// <summary>Which record stands for a cluster.</summary>
public enum ProxyMode
{
    /// <summary>The one nearest to the centroid; the lower index where two are equally near.</summary>
    Nearest,

    /// <summary>The member with the least sum of distances to the others; the lower index where equal. Its cost grows with the square of the cluster.</summary>
    Medoid,

    /// <summary>A member drawn by the seed, each as likely.</summary>
    Random,
}
