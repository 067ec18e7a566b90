namespace ModelTensors.Devices;

/// <summary>A matrix in host memory: a two-dimensional tensor, a block of one, or its transpose. A view; it does not own the memory.</summary>
public sealed record Matrix
{
    private Matrix(HostTensor tensor, long start, long stride, long storedRows, long storedColumns, bool isTransposed)
    {
        Tensor = tensor;
        Start = start;
        Stride = stride;
        StoredRows = storedRows;
        StoredColumns = storedColumns;
        IsTransposed = isTransposed;
    }

    /// <summary>Gets the number of rows.</summary>
    public long Rows => IsTransposed ? StoredColumns : StoredRows;

    /// <summary>Gets the number of columns.</summary>
    public long Columns => IsTransposed ? StoredRows : StoredColumns;

    /// <summary>Gets the type of the elements.</summary>
    public DataType DataType => Tensor.DataType;

    /// <summary>Gets the transpose; nothing is moved.</summary>
    public Matrix Transposed => new(Tensor, Start, Stride, StoredRows, StoredColumns, !IsTransposed);

    internal HostTensor Tensor { get; }

    internal long Start { get; }

    internal long Stride { get; }

    internal long StoredRows { get; }

    internal long StoredColumns { get; }

    internal bool IsTransposed { get; }

    /// <summary>Views a tensor as a matrix.</summary>
    /// <param name="tensor">A tensor of two dimensions, rows first.</param>
    /// <exception cref="ArgumentException">The tensor has another number of dimensions.</exception>
    public static Matrix Of(HostTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.Shape.Rank == 2
            ? new Matrix(tensor, 0, tensor.Shape[1], tensor.Shape[0], tensor.Shape[1], isTransposed: false)
            : throw new ArgumentException($"A matrix has two dimensions; the tensor's shape is {tensor.Shape}.", nameof(tensor));
    }

    /// <summary>Views a block of the matrix.</summary>
    /// <param name="row">The first row, 0 or more.</param>
    /// <param name="column">The first column, 0 or more.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">The block is not inside the matrix.</exception>
    public Matrix Block(long row, long column, long rows, long columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row, Rows - rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(column, Columns - columns);
        return IsTransposed
            ? new Matrix(Tensor, Start + (column * Stride) + row, Stride, columns, rows, isTransposed: true)
            : new Matrix(Tensor, Start + (row * Stride) + column, Stride, rows, columns, isTransposed: false);
    }

    /// <summary>Copies a row, widened exactly to float; F64 is rounded once to nearest even.</summary>
    /// <param name="row">The row, from 0 to <see cref="Rows"/> − 1.</param>
    /// <param name="destination">Receives the row; its length is the number of columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ArgumentException">The length is not the number of columns.</exception>
    public unsafe void CopyRow(long row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        if (destination.Length != Columns)
        {
            throw new ArgumentException($"A row of {this} does not fit {destination.Length} floats.", nameof(destination));
        }

        int size = DataType.Size;
        byte* source = (byte*)Tensor.Address(Start + (IsTransposed ? row : row * Stride));
        if (!IsTransposed)
        {
            FloatConversion.Widen(new ReadOnlySpan<byte>(source, checked(destination.Length * size)), DataType, destination);
        }
        else
        {
            for (int column = 0; column < destination.Length; column++)
            {
                FloatConversion.Widen(new ReadOnlySpan<byte>(source + (column * Stride * size), size), DataType, destination.Slice(column, 1));
            }
        }

        GC.KeepAlive(Tensor);
    }

    /// <summary>Writes the size and type, as in <c>4096 × 16 BF16</c>.</summary>
    public override string ToString() => $"{Rows} × {Columns} {DataType.SafetensorsName}";
}
