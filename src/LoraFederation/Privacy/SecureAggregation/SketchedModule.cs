using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The sizes of a module whose updates are sketched; the rank is not among them.</summary>
/// <param name="Path">The module's path in the model.</param>
/// <param name="Kind">The kind of layer: linear or embedding.</param>
/// <param name="Outputs">m, the rows of B.</param>
/// <param name="Inputs">n, the elements of a row of A.</param>
/// <param name="IsTransposed">Whether a linear layer's weight is stored [in, out].</param>
public sealed record SketchedModule(string Path, LoraModuleKind Kind, long Outputs, long Inputs, bool IsTransposed = false)
{
    /// <summary>Returns the sizes of a module.</summary>
    /// <param name="module">The module, of any rank.</param>
    /// <exception cref="ArgumentException">The module is a convolution, whose kernel's sizes are not among these.</exception>
    public static SketchedModule Of(LoraModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.Kind != LoraModuleKind.Convolution
            ? new SketchedModule(module.Path, module.Kind, module.B.Shape[0], module.A.Shape[1], module.IsTransposed)
            : throw new ArgumentException($"Module '{module.Path}' is a convolution; linear and embedding modules are sketched.", nameof(module));
    }

    internal bool Fits(LoraModule module) => module.Kind != LoraModuleKind.Convolution && Of(module) == this;

    internal LoraModule CreateModule(TensorSource a, TensorSource b) => new(Path, Kind, a, b, 1, null, IsTransposed);
}
