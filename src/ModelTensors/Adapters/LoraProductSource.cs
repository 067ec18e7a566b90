using System.Runtime.InteropServices;

namespace ModelTensors.Adapters;

/// <summary>The product of a module's factors, <c>scaling · B A</c>, computed while it is read: [out, in] in float, of which nothing is held but the factors.</summary>
/// <remarks>
/// Products are summed in float over ascending rank, each fused, and the sum is multiplied by the scaling: the bits do not depend on what is read at once. It
/// is as the factors are stored, also where a weight is stored [in, out]: of a convolution it is [out, in·k…], of an embedding [width, tokens]. The factors
/// are read with the first element.
/// </remarks>
public sealed class LoraProductSource : TensorSource
{
    private readonly Lazy<LowRankFactors> _factors;

    /// <summary>Creates the source.</summary>
    /// <param name="module">The module; its factors stay readable as long as the source is used.</param>
    public LoraProductSource(LoraModule module)
        : base(DataType.F32, ShapeOf(module)) => _factors = new Lazy<LowRankFactors>(LowRankUpdate.OfProduct(module).Load);

    /// <inheritdoc />
    public override void Read(long start, Span<byte> destination)
    {
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        values.Clear();
        _factors.Value.AddTo(start, values);
    }

    private static TensorShape ShapeOf(LoraModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new TensorShape(module.B.Shape[0], module.A.Shape.ElementCount / module.Rank);
    }
}
