namespace ModelTensors.Adapters;

/// <summary>A tensor of zeros, which are the same bits in every type.</summary>
internal sealed class ZeroSource(DataType dataType, TensorShape shape) : TensorSource(dataType, shape)
{
    public override void Read(long start, Span<byte> destination) => destination.Clear();
}
