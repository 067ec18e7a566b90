using System.Buffers;
using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors;

/// <summary>A matrix whose rows are rows of other matrices, zeros, or means of rows; nothing is copied before it is read.</summary>
/// <remarks>
/// Means are sums in double in the order of the map, divided and rounded to float once: the same bits however the matrix is read. Rows that
/// follow each other in a matrix are read at once.
/// </remarks>
public sealed class GatheredRowsSource : TensorSource
{
    private readonly TensorSource[] _matrices;
    private readonly RowMap _map;
    private readonly long _columns;
    private readonly Lazy<float[]> _meanOfAll;

    /// <summary>Creates the matrix.</summary>
    /// <param name="matrices">The matrices; all have the same number of columns.</param>
    /// <param name="map">What each row is.</param>
    /// <exception cref="ArgumentException">There are no matrices, they differ in columns, or the map names a row that is not in them.</exception>
    public GatheredRowsSource(IReadOnlyList<TensorSource> matrices, RowMap map)
        : base(TypeOf(matrices, map), ShapeOf(matrices, map))
    {
        map.Check(matrices);
        _matrices = [.. matrices];
        _map = map;
        _columns = Shape[1];
        // Read when first needed: plans read headers only. A failed read is tried again by the next reader.
        _meanOfAll = new Lazy<float[]>(ReadMeanOfAll, LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>Gets the type that all matrices are stored as, or else the type of the elements.</summary>
    public override DataType StoredDataType =>
        Array.TrueForAll(_matrices, matrix => matrix.StoredDataType == _matrices[0].StoredDataType) ? _matrices[0].StoredDataType : DataType;

    /// <inheritdoc />
    public override void Read(long start, Span<byte> destination)
    {
        (int count, int rest) = Math.DivRem(destination.Length, DataType.Size);
        if (rest != 0)
        {
            throw new ArgumentException($"{destination.Length} bytes are not a whole number of {DataType} elements.", nameof(destination));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Shape.ElementCount - count);
        for (int done = 0; done < count;)
        {
            (long row, long column) = Math.DivRem(start + done, _columns);
            long rows = _map.RunLength(row, ((column + count - done - 1) / _columns) + 1);
            int length = (int)Math.Min(count - done, (Math.Max(rows, 1) * _columns) - column);
            Span<byte> place = destination.Slice(done * DataType.Size, length * DataType.Size);
            if (rows == 0)
            {
                Span<float> values = MemoryMarshal.Cast<byte, float>(place);
                ReadMean(_map.Mean(row), column, values);
            }
            else if (_map.Origin(row) is { } origin)
            {
                ReadRows(origin, column, place);
            }
            else
            {
                place.Clear();
            }

            done += length;
        }
    }

    // The common type of the matrices; F32 when they have none, or when there is a mean, which must not be rounded twice.
    private static DataType TypeOf(IReadOnlyList<TensorSource> matrices, RowMap map)
    {
        ArgumentNullException.ThrowIfNull(matrices);
        ArgumentNullException.ThrowIfNull(map);
        return matrices.Count > 0 && !map.HasMeans && matrices.All(matrix => matrix.DataType == matrices[0].DataType) ? matrices[0].DataType : DataType.F32;
    }

    private static TensorShape ShapeOf(IReadOnlyList<TensorSource> matrices, RowMap map) =>
        matrices.Count > 0 && matrices.All(matrix => matrix.Shape.Rank == 2 && matrix.Shape[1] == matrices[0].Shape[1])
            ? new TensorShape([map.Count, matrices[0].Shape[1]])
            : throw new ArgumentException("Rows are gathered from matrices with the same number of columns; at least one.", nameof(matrices));

    private void ReadRows(RowOrigin origin, long column, Span<byte> place)
    {
        TensorSource matrix = _matrices[origin.Matrix];
        long start = (origin.Row * _columns) + column;
        if (matrix.DataType == DataType)
        {
            matrix.Read(start, place);
            return;
        }

        Widen(matrix, start, MemoryMarshal.Cast<byte, float>(place));
    }

    private static void Widen(TensorSource matrix, long start, Span<float> values)
    {
        int length = values.Length * matrix.DataType.Size;
        byte[] stored = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            matrix.Read(start, stored.AsSpan(0, length));
            FloatConversion.Widen(stored.AsSpan(0, length), matrix.DataType, values);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private void ReadMean(RowOrigin[]? origins, long column, Span<float> values)
    {
        if (origins is null)
        {
            _meanOfAll.Value.AsSpan((int)column, values.Length).CopyTo(values);
            return;
        }

        double[] sums = ArrayPool<double>.Shared.Rent(values.Length);
        try
        {
            sums.AsSpan(0, values.Length).Clear();
            foreach (RowOrigin origin in origins)
            {
                Widen(_matrices[origin.Matrix], (origin.Row * _columns) + column, values);
                Add(values, sums);
            }

            Divide(sums, origins.Length, values);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(sums);
        }
    }

    private float[] ReadMeanOfAll()
    {
        float[] mean = new float[_columns];
        double[] sums = new double[_columns];
        long rows = 0;
        for (long row = 0; row < Shape[0]; row++)
        {
            if (_map.IsAveraged(row))
            {
                Read(row * _columns, MemoryMarshal.AsBytes(mean.AsSpan()));
                Add(mean, sums);
                rows++;
            }
        }

        Divide(sums, rows, mean);
        return mean;
    }

    private static void Add(ReadOnlySpan<float> values, Span<double> sums)
    {
        for (int i = 0; i < values.Length; i++)
        {
            sums[i] += values[i];
        }
    }

    private static void Divide(ReadOnlySpan<double> sums, long count, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = count == 0 ? 0 : (float)(sums[i] / count);
        }
    }
}
