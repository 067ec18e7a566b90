namespace ModelTensors.Kernels;

/// <summary>A row-major matrix that a product reads, as it lies in memory.</summary>
/// <remarks>
/// The memory is the caller's and stays pinned during the call; element (i, j) lies at <c>i * stride + j</c>. The pointer is only read
/// inside <c>rows</c> by <c>columns</c>: a last row shorter than the stride is fine.
/// </remarks>
internal readonly unsafe struct GemmOperand
{
    /// <summary>Describes a matrix.</summary>
    /// <param name="data">The first element; may be null when the matrix is empty.</param>
    /// <param name="type">F32, BF16 or F16.</param>
    /// <param name="rows">Rows as stored, before any transposition.</param>
    /// <param name="columns">Columns as stored.</param>
    /// <param name="stride">Elements from one row to the next; at least <paramref name="columns"/>.</param>
    /// <param name="transposed">Whether the product uses the transposed matrix.</param>
    public GemmOperand(void* data, DataType type, long rows, long columns, long stride, bool transposed = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        if (type is not (DataType.F32 or DataType.BF16 or DataType.F16))
        {
            throw new ArgumentException($"A matrix product reads F32, BF16 and F16, not {type}.", nameof(type));
        }

        Data = (byte*)data;
        Type = type;
        Rows = rows;
        Columns = columns;
        Stride = stride;
        Transposed = transposed;
    }

    public byte* Data { get; }

    public DataType Type { get; }

    public long Rows { get; }

    public long Columns { get; }

    public long Stride { get; }

    public bool Transposed { get; }

    /// <summary>Gets the rows of op(X).</summary>
    public long OuterRows => Transposed ? Columns : Rows;

    /// <summary>Gets the columns of op(X).</summary>
    public long OuterColumns => Transposed ? Rows : Columns;
}
