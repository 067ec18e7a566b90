using ModelTensors;

namespace ModelAggregation.Mixture.Execution;

/// <summary>Consecutive elements of a tensor under a shape of their own.</summary>
internal sealed class SlicedSource : TensorSource
{
    private readonly TensorSource _whole;
    private readonly long _start;

    public SlicedSource(TensorSource whole, long start, TensorShape shape)
        : base(whole.DataType, shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, whole.Shape.ElementCount - shape.ElementCount);
        _whole = whole;
        _start = start;
    }

    public override DataType StoredDataType => _whole.StoredDataType;

    public override void Read(long start, Span<byte> destination)
    {
        CheckRange(start, destination.Length / DataType.Size);
        _whole.Read(_start + start, destination);
    }

    public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes)
    {
        CheckRange(start, count);
        return _whole.TryGetSpan(_start + start, count, out bytes);
    }

    // What stands around the slice is there to be read by mistake: nobody else would notice.
    private void CheckRange(long start, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Shape.ElementCount - count);
    }
}
