namespace ModelTensors.Kernels;

/// <summary>One side of a product in double: the rows of op(A) or the columns of op(B), "lines", as they lie in memory.</summary>
/// <param name="data">The first element; may be null when there are none.</param>
/// <param name="type">F32, BF16, F16 or F64.</param>
/// <param name="stride">Elements from one stored row to the next.</param>
/// <param name="isDepthContiguous">Whether neighbours in memory are neighbours in k; otherwise they are neighbouring lines.</param>
/// <param name="count">The number of lines.</param>
internal readonly unsafe struct DoubleLines(void* data, DataType type, long stride, bool isDepthContiguous, long count)
{
    public DataType Type { get; } = type;

    public long Stride { get; } = stride;

    public bool IsDepthContiguous { get; } = isDepthContiguous;

    public long Count { get; } = count;

    private byte* Data { get; } = (byte*)data;

    /// <summary>The address of an element.</summary>
    public byte* Address(long line, long depth) => Data + (nint)((IsDepthContiguous ? (line * Stride) + depth : (depth * Stride) + line) * Type.Size);
}
