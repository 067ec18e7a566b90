namespace ModelTensors.Devices;

/// <summary>Where the vectors of a tensor lie among its elements.</summary>
public readonly record struct VectorLayout
{
    /// <summary>Divides a tensor into vectors.</summary>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="axis">The direction of the vectors.</param>
    public VectorLayout(TensorShape shape, VectorAxis axis)
    {
        long elements = shape.ElementCount;
        Length = shape.Rank == 0 ? elements : axis == VectorAxis.Rows ? shape[shape.Rank - 1] : shape[0];
        Count = elements == 0 ? 0 : elements / Length;

        // Vectors of one element lie both one after the other and side by side; side by side they are long runs.
        IsInterleaved = Count > 1 && (axis == VectorAxis.Columns || Length == 1);
    }

    /// <summary>Gets the number of elements of each vector.</summary>
    public long Length { get; }

    /// <summary>Gets the number of vectors; 0 for an empty tensor.</summary>
    public long Count { get; }

    /// <summary>Gets whether element i belongs to vector i mod <see cref="Count"/>; otherwise it belongs to vector i / <see cref="Length"/>.</summary>
    public bool IsInterleaved { get; }
}
