using ModelTensors;

namespace LoraFederation;

/// <summary>A tensor under another shape of as many elements.</summary>
internal sealed class ReshapedSource(TensorSource source, TensorShape shape) : TensorSource(source.DataType, shape)
{
    public override DataType StoredDataType => source.StoredDataType;

    public override void Read(long start, Span<byte> destination) => source.Read(start, destination);

    public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes) => source.TryGetSpan(start, count, out bytes);
}
