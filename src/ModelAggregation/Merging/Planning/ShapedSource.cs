using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>The same elements in another shape: a vector as a matrix of one column, and back.</summary>
internal sealed class ShapedSource : TensorSource
{
    private readonly TensorSource _source;

    public ShapedSource(TensorSource source, TensorShape shape)
        : base(source.DataType, shape)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(shape.ElementCount, source.Shape.ElementCount);
        _source = source;
    }

    public override DataType StoredDataType => _source.StoredDataType;

    public override void Read(long start, Span<byte> destination) => _source.Read(start, destination);

    public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes) => _source.TryGetSpan(start, count, out bytes);
}
