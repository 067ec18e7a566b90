using ModelTensors;

namespace LoraFederation.Aggregators;

/// <summary>A factor <c>B R</c> that remembers what it was made of.</summary>
/// <param name="product">The product's elements, F32, as many as B has.</param>
/// <param name="frozen">B.</param>
/// <param name="middle">R, [rank, rank].</param>
internal sealed class MiddleFactorSource(HostTensor product, TensorSource frozen, HostTensor middle) : TensorSource(product.DataType, frozen.Shape)
{
    /// <summary>Gets B.</summary>
    public TensorSource Frozen => frozen;

    /// <summary>Gets R.</summary>
    public HostTensor Middle => middle;

    public override void Read(long start, Span<byte> destination) => product.Source.Read(start, destination);

    public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes) => product.Source.TryGetSpan(start, count, out bytes);
}
