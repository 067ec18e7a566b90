using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>Modules that stand for the same layer as another one.</summary>
internal static class ModuleParts
{
    /// <summary>Makes a module of another one's path and kind.</summary>
    /// <param name="like">The other one.</param>
    /// <param name="a">[rank, inputs] in memory or computed; a convolution's gets its kernel's dimensions back.</param>
    /// <param name="b">[outputs, rank].</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="scaling">The factor of the product; finite.</param>
    public static LoraModule Create(LoraModule like, TensorSource a, TensorSource b, TensorSource? bias = null, double scaling = 1)
    {
        if (like.Kind == LoraModuleKind.Convolution)
        {
            long[] kernel = [.. like.A.Shape.Dimensions[1..]];
            a = new ReshapedSource(a, new TensorShape([a.Shape[0], .. kernel]));
            b = new ReshapedSource(b, new TensorShape([b.Shape[0], b.Shape[1], .. Enumerable.Repeat(1L, kernel.Length - 1)]));
        }

        return new LoraModule(like.Path, like.Kind, a, b, scaling, bias, like.IsTransposed);
    }
}
