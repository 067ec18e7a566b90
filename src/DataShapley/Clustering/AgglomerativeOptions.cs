namespace DataShapley.Clustering;

/// <summary>How <see cref="AgglomerativeClustering"/> clusters.</summary>
public sealed record AgglomerativeOptions
{
    /// <summary>Gets the number of clusters; of fewer rows each is a cluster.</summary>
    /// <value>At least 1; 3,000 by default, the number of the SHED paper (arXiv 2405.00705).</value>
    public int Clusters
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 3000;

    /// <summary>Gets how far apart two clusters are.</summary>
    /// <value><see cref="Clustering.Linkage.Ward"/> by default.</value>
    public Linkage Linkage { get; init; }

    /// <summary>Gets the most rows, or micro-clusters, whose distances are held: 4·N² bytes.</summary>
    /// <value>From 1 to 65,536; 20,000 by default, 1.6 GB.</value>
    public int MaximumRows
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 16);
            field = value;
        }
    } = 20_000;

    /// <summary>Gets into how many clusters k-means divides the rows first, where there are more rows; their centroids are then agglomerated.</summary>
    /// <value>Not negative; 0 by default: none. Many times <see cref="Clusters"/> is sensible.</value>
    /// <remarks>Ward's distances between them are exact, by their sizes; average ones are those between centroids, by their sizes.</remarks>
    public int MicroClusters
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Gets the seed of the k-means for <see cref="MicroClusters"/>.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the number of threads that compute distances; it changes no result.</summary>
    /// <value>The number of processors by default; at least 1.</value>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;
}
