using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>The first rows of a matrix, for vocabularies of different sizes. In C order they are its first elements.</summary>
internal sealed class LeadingRowsSource : TensorSource
{
    private readonly TensorSource _whole;

    public LeadingRowsSource(TensorSource whole, long rows)
        : base(whole.DataType, new TensorShape([rows, .. whole.Shape.Dimensions.AsSpan()[1..]])) => _whole = whole;

    public override DataType StoredDataType => _whole.StoredDataType;

    public override void Read(long start, Span<byte> destination)
    {
        CheckRange(start, destination.Length / DataType.Size);
        _whole.Read(start, destination);
    }

    public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes)
    {
        CheckRange(start, count);
        return _whole.TryGetSpan(start, count, out bytes);
    }

    // The rows cut off are there to be read by mistake: nobody else would notice.
    private void CheckRange(long start, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Shape.ElementCount - count);
    }
}
