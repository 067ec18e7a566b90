namespace ModelTensors.Devices;

/// <summary>The distances of some queries to all rows. The consumer may overwrite them.</summary>
public readonly ref struct DistanceTile
{
    private readonly Span<float> _distances;
    private readonly int _stride;
    private readonly ReadOnlySpan<float> _errorBounds;

    /// <summary>Creates a tile, as devices do.</summary>
    /// <param name="distances">The distances, query by query.</param>
    /// <param name="stride">The elements from one query to the next; not below the number of rows.</param>
    /// <param name="errorBounds">The error bound of each query.</param>
    /// <param name="rowCount">The number of rows.</param>
    /// <param name="firstQuery">The index of the first query.</param>
    /// <param name="worker">The index of the thread.</param>
    /// <exception cref="ArgumentException">The distances do not hold that many rows and queries.</exception>
    public DistanceTile(Span<float> distances, int stride, ReadOnlySpan<float> errorBounds, int rowCount, long firstQuery, int worker)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, rowCount);
        if (errorBounds.Length > 0 && distances.Length < ((errorBounds.Length - 1L) * stride) + rowCount)
        {
            throw new ArgumentException($"{distances.Length} distances do not hold {errorBounds.Length} queries of {rowCount} rows, {stride} apart.", nameof(distances));
        }

        _distances = distances;
        _stride = stride;
        _errorBounds = errorBounds;
        RowCount = rowCount;
        FirstQuery = firstQuery;
        Worker = worker;
    }

    /// <summary>Gets the index of the first query.</summary>
    public long FirstQuery { get; }

    /// <summary>Gets the number of queries.</summary>
    public int QueryCount => _errorBounds.Length;

    /// <summary>Gets the number of rows.</summary>
    public int RowCount { get; }

    /// <summary>Gets the index of the thread, from 0: two tiles with one index are never given out at the same time.</summary>
    public int Worker { get; }

    /// <summary>Lends the distances of a query to all rows.</summary>
    /// <param name="query">The query, from 0 to <see cref="QueryCount"/> − 1.</param>
    public Span<float> Row(int query)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(query);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(query, QueryCount);
        return _distances.Slice(query * _stride, RowCount);
    }

    /// <summary>Gets a rigorous bound of the error of each distance of a query, against the distance in exact arithmetic of the features as they are stored.</summary>
    /// <param name="query">The query, from 0 to <see cref="QueryCount"/> − 1.</param>
    public float ErrorBound(int query) => _errorBounds[query];
}
