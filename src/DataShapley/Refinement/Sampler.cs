namespace DataShapley.Refinement;

/// <summary>A way to choose records from scored clusters: stage C of SHED. Immutable; its settings are its properties.</summary>
public abstract record Sampler
{
    /// <summary>Gets the name in manifests and command lines.</summary>
    public abstract string Name { get; }

    /// <summary>Chooses records, none twice.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="count">How many records, not negative; all of them where there are fewer.</param>
    /// <param name="seed">The seed of what is drawn.</param>
    /// <returns>The indices of the records, in the order in which they were chosen.</returns>
    public int[] Sample(ScoredClusters clusters, int count, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Choose(clusters, Math.Min(count, clusters.RecordCount), seed);
    }

    /// <summary>Chooses records.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="count">How many records, no more than there are.</param>
    /// <param name="seed">The seed of what is drawn.</param>
    protected internal abstract int[] Choose(ScoredClusters clusters, int count, ulong seed);
}
