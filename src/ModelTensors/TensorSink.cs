namespace ModelTensors;

/// <summary>Where the elements of one tensor go: a file or memory. Disjoint ranges may be written from several threads, in any order.</summary>
public abstract class TensorSink
{
    /// <summary>Creates a sink.</summary>
    /// <param name="dataType">The type of the elements that are written.</param>
    /// <param name="shape">The tensor's shape.</param>
    protected TensorSink(DataType dataType, TensorShape shape)
    {
        DataType = dataType;
        Shape = shape;
    }

    /// <summary>Gets the type of the elements that are written.</summary>
    public DataType DataType { get; }

    /// <summary>Gets the tensor's shape.</summary>
    public TensorShape Shape { get; }

    /// <summary>Writes consecutive elements, in C order.</summary>
    /// <param name="start">The index of the first element.</param>
    /// <param name="source">The little-endian bytes; their length is a whole number of elements, all inside the tensor.</param>
    /// <exception cref="IOException">The data cannot be written, for example because the disk is full.</exception>
    public abstract void Write(long start, ReadOnlySpan<byte> source);

    /// <summary>Lends the place of consecutive elements, when they lie in memory.</summary>
    /// <param name="start">The index of the first element.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="bytes">The place to write to, valid as long as the sink, in memory that does not move: native, mapped or pinned.</param>
    /// <returns>False when the elements have to be written with <see cref="Write"/>.</returns>
    public virtual bool TryGetSpan(long start, int count, out Span<byte> bytes)
    {
        bytes = default;
        return false;
    }
}
