namespace ModelTensors.Safetensors;

/// <summary>Lends the bytes of a tensor from a mapping.</summary>
internal sealed class MappedTensorSource(MappedRegion region, SafetensorsEntry entry, long position) : TensorSource(entry.Info.DataType, entry.Info.Shape)
{
    public override void Read(long start, Span<byte> destination) =>
        region.Span(position + TensorRange.Offset(entry.Info, start, destination.Length), destination.Length).CopyTo(destination);

    public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes)
    {
        int length = checked(count * DataType.Size);
        bytes = region.Span(position + TensorRange.Offset(entry.Info, start, length), length);
        return true;
    }
}
