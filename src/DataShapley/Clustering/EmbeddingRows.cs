using ModelTensors;

namespace DataShapley.Clustering;

/// <summary>The embeddings of records: one row of floats a record, all finite. A view; it does not own the memory.</summary>
public sealed class EmbeddingRows
{
    /// <summary>The largest magnitude of a feature: the inner products of such rows stay far inside the range of a float.</summary>
    internal const float LargestMagnitude = 1e15f;

    /// <summary>The most features: up to here the rounding of an inner product in float stays below a tenth of its terms.</summary>
    internal const int LargestDimension = 1 << 20;

    private readonly HostTensor? _tensor;
    private readonly ReadOnlyMemory<float> _values;

    private EmbeddingRows(HostTensor? tensor, ReadOnlyMemory<float> values, int count, int dimension)
    {
        _tensor = tensor;
        _values = values;
        Count = count;
        Dimension = dimension;
        RequireFinite();
    }

    /// <summary>Gets the number of rows, at least 1.</summary>
    public int Count { get; }

    /// <summary>Gets the number of features of a row, from 1 to 1,048,576.</summary>
    public int Dimension { get; }

    /// <summary>Views floats as rows.</summary>
    /// <param name="values">The features, row after row.</param>
    /// <param name="dimension">The number of features of a row, from 1 to 1,048,576.</param>
    /// <exception cref="ArgumentException">There are no values, or they are not whole rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is outside its range.</exception>
    /// <exception cref="EmbeddingException">A feature is NaN, infinite, or larger than 1e15 in magnitude.</exception>
    public static EmbeddingRows Of(ReadOnlyMemory<float> values, int dimension)
    {
        RequireDimension(dimension, nameof(dimension));
        return !values.IsEmpty && values.Length % dimension == 0
            ? new EmbeddingRows(tensor: null, values, values.Length / dimension, dimension)
            : throw new ArgumentException($"{values.Length} values are not whole rows, one or more, of {dimension} features.", nameof(values));
    }

    /// <summary>Views a tensor as rows; it must live as long as they are used.</summary>
    /// <param name="tensor">F32 of shape [rows, features], at least one row and one feature.</param>
    /// <exception cref="ArgumentException">The tensor has another type or another number of dimensions, or no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of features is not from 1 to 1,048,576.</exception>
    /// <exception cref="EmbeddingException">A feature is NaN, infinite, or larger than 1e15 in magnitude.</exception>
    public static EmbeddingRows Of(HostTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.DataType != DataType.F32 || tensor.Shape.Rank != 2 || tensor.Shape[0] is < 1 or > int.MaxValue)
        {
            throw new ArgumentException(
                $"Embeddings are F32 of shape [rows, features], at least one row: the tensor is {tensor.Shape} {tensor.DataType.SafetensorsName}.", nameof(tensor));
        }

        RequireDimension(tensor.Shape[1], nameof(tensor));
        return new EmbeddingRows(tensor, default, (int)tensor.Shape[0], (int)tensor.Shape[1]);
    }

    /// <summary>Lends one row.</summary>
    /// <param name="index">The index of the row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> Row(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _tensor is null ? _values.Span.Slice(index * Dimension, Dimension) : _tensor.AsSpan<float>((long)index * Dimension, Dimension);
    }

    private static void RequireDimension(long dimension, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimension, LargestDimension, name);
    }

    private void RequireFinite()
    {
        for (int row = 0; row < Count; row++)
        {
            ReadOnlySpan<float> values = Row(row);
            for (int column = 0; column < values.Length; column++)
            {
                // Written so that NaN fails.
                if (!(MathF.Abs(values[column]) <= LargestMagnitude))
                {
                    throw new EmbeddingException(row, column, values[column]);
                }
            }
        }
    }
}
