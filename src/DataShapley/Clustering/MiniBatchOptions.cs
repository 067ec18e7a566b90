namespace DataShapley.Clustering;

/// <summary>How <see cref="MiniBatchKMeans"/> clusters.</summary>
public sealed record MiniBatchOptions
{
    /// <summary>Gets the number of clusters.</summary>
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

    /// <summary>Gets the seed of the first centroids.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets of how many of the first rows the first centroids are chosen; they are held. Whole batches are taken.</summary>
    /// <value>Not negative; 0 by default: three times the clusters. Fewer than the clusters leave fewer clusters.</value>
    public int InitialRows
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Gets how often the data are read to learn the centroids; once more they are read to assign.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int Passes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets how the first centroids are chosen.</summary>
    /// <value><see cref="KMeansInitialization.GreedyPlusPlus"/> by default.</value>
    public KMeansInitialization Initialization { get; init; }

    /// <summary>Gets the number of threads that work beside the device's; it changes no result.</summary>
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
