namespace DataShapley.Clustering;

/// <summary>How <see cref="Proxies"/> are chosen.</summary>
public sealed record ProxyOptions
{
    /// <summary>Gets which records stand for a cluster.</summary>
    /// <value><see cref="ProxyMode.Nearest"/> by default.</value>
    public ProxyMode Mode { get; init; }

    /// <summary>Gets among which records the nearest is looked for; the other modes know members only.</summary>
    /// <value><see cref="ProxySearch.Members"/> by default.</value>
    public ProxySearch Search { get; init; }

    /// <summary>Gets how many records stand for a cluster; all members of a smaller one.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int PerCluster
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets the seed of <see cref="ProxyMode.Random"/>.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the number of threads; it changes no result.</summary>
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
