namespace ModelTensors.Safetensors;

/// <summary>Reads a tensor with positioned reads.</summary>
internal sealed class FileTensorSource(SafetensorsFile file, SafetensorsEntry entry) : TensorSource(entry.Info.DataType, entry.Info.Shape)
{
    public override void Read(long start, Span<byte> destination) =>
        file.ReadExactly(entry, TensorRange.Offset(entry.Info, start, destination.Length), destination);
}
