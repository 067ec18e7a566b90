namespace ModelTensors.Safetensors;

/// <summary>The checks on a range of elements that readers and writers of files share.</summary>
internal static class TensorRange
{
    /// <summary>Returns the byte at which a range begins, after checking that all of it is inside the tensor.</summary>
    public static long Offset(TensorInfo tensor, long start, int byteCount)
    {
        int size = tensor.DataType.Size;
        (int count, int rest) = Math.DivRem(byteCount, size);
        if (rest != 0)
        {
            throw new ArgumentException($"{byteCount} bytes are not a whole number of {tensor.DataType} elements of tensor '{tensor.Name}'.", nameof(byteCount));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tensor.Shape.ElementCount - count);
        return start * size;
    }
}
