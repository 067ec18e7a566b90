namespace ModelTensors.Devices;

/// <summary>The fixed partition of a tensor's elements into at most 256 runs. It depends on the number of elements alone, so sums by segment do too.</summary>
public readonly record struct Segments
{
    /// <summary>Gets the smallest length of a segment, but for the last: 65,536 elements.</summary>
    public const int MinimumLength = 1 << 16;

    /// <summary>Gets the largest number of segments.</summary>
    public const int MaximumCount = 256;

    /// <summary>Partitions a tensor.</summary>
    /// <param name="elementCount">The number of elements, 0 or more.</param>
    public Segments(long elementCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementCount);
        ElementCount = elementCount;
        long wanted = (elementCount / MaximumCount) + (elementCount % MaximumCount == 0 ? 0 : 1);
        Length = Math.Max(1, (wanted / MinimumLength) + (wanted % MinimumLength == 0 ? 0 : 1)) * MinimumLength;
        Count = (int)((elementCount / Length) + (elementCount % Length == 0 ? 0 : 1));
    }

    /// <summary>Gets the number of elements of the tensor.</summary>
    public long ElementCount { get; }

    /// <summary>Gets the length of every segment but the last, a multiple of 65,536.</summary>
    public long Length { get; }

    /// <summary>Gets the number of segments; 0 for an empty tensor.</summary>
    public int Count { get; }

    /// <summary>Returns the index of a segment's first element.</summary>
    /// <param name="segment">The segment's index.</param>
    public long Start(int segment) => segment * Length;

    /// <summary>Returns the index after a segment's last element.</summary>
    /// <param name="segment">The segment's index.</param>
    public long End(int segment) => Math.Min(ElementCount, (segment + 1) * Length);
}
