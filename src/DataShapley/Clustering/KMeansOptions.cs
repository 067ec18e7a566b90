namespace DataShapley.Clustering;

/// <summary>How <see cref="KMeans"/> clusters.</summary>
public sealed record KMeansOptions
{
    /// <summary>Gets the number of clusters; of fewer distinct rows each becomes a cluster.</summary>
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

    /// <summary>Gets the most iterations.</summary>
    /// <value>At least 1; 300 by default.</value>
    public int Iterations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 300;

    /// <summary>Gets where iterating ends: once the squared moves of all centroids sum to at most this times the mean variance of a feature.</summary>
    /// <value>Finite, not negative; 1e-4 by default. With 0 the labels must stay the same.</value>
    public double Tolerance
    {
        get;
        init
        {
            if (!(value >= 0 && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A tolerance is finite and not negative.");
            }

            field = value;
        }
    } = 1e-4;

    /// <summary>Gets how often clustering is done anew from other first centroids; the least inertia wins, the earlier where equal.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int Restarts
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

    /// <summary>Gets whether what cannot change is skipped; tests and benchmarks compare.</summary>
    internal bool UsesBounds { get; init; } = true;
}
