namespace ModelTensors;

/// <summary>Where the elements of one tensor come from: a file, memory, or something that computes them. Safe to read from several threads at once.</summary>
public abstract class TensorSource
{
    /// <summary>Creates a source.</summary>
    /// <param name="dataType">The type of the elements that are read.</param>
    /// <param name="shape">The tensor's shape.</param>
    protected TensorSource(DataType dataType, TensorShape shape)
    {
        DataType = dataType;
        Shape = shape;
    }

    /// <summary>Gets the type of the elements that are read.</summary>
    public DataType DataType { get; }

    /// <summary>Gets the tensor's shape.</summary>
    public TensorShape Shape { get; }

    /// <summary>Gets the type in which the tensor is stored, where it is read as another: what an output takes as its type unless told otherwise.</summary>
    /// <value><see cref="DataType"/> by default.</value>
    public virtual DataType StoredDataType => DataType;

    /// <summary>Gets the number of bytes of the whole tensor.</summary>
    public long ByteLength => checked(Shape.ElementCount * DataType.Size);

    /// <summary>Copies consecutive elements, in C order.</summary>
    /// <param name="start">The index of the first element, in [0, element count].</param>
    /// <param name="destination">Receives the little-endian bytes; its length is a whole number of elements, all inside the tensor.</param>
    /// <exception cref="ModelDataException">The data cannot be read in full, for example because the file has shrunk.</exception>
    public abstract void Read(long start, Span<byte> destination);

    /// <summary>Lends consecutive elements without copying, when they lie in memory.</summary>
    /// <param name="start">The index of the first element.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="bytes">The elements' bytes, valid as long as the source, in memory that does not move: native, mapped or pinned.</param>
    /// <returns>False when the elements have to be read.</returns>
    public virtual bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return false;
    }
}
