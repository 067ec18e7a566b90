namespace ModelTensors.Kernels;

/// <summary>The row-major float matrix that a product writes; it overlaps neither operand.</summary>
/// <remarks>The memory is the caller's and stays pinned during the call. Nothing between the last column and the stride is touched.</remarks>
internal readonly unsafe struct GemmResult
{
    /// <summary>Describes a matrix.</summary>
    /// <param name="data">The first element; may be null when the matrix is empty.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="stride">Elements from one row to the next; at least <paramref name="columns"/>.</param>
    public GemmResult(float* data, long rows, long columns, long stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        Data = data;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    public float* Data { get; }

    public long Rows { get; }

    public long Columns { get; }

    public long Stride { get; }
}
