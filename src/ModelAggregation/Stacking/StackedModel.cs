using ModelAggregation.Merging.Planning;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Stacking;

/// <summary>A model of a stack, open.</summary>
internal sealed record StackedModel(string Reference, TensorSet Tensors, LayerNaming Layers)
{
    /// <summary>Gets the tensors outside the layers, without those that follow from the configuration.</summary>
    public IEnumerable<string> Outside => Layers.Outside.Where(name => !TensorNames.IsDerivedBuffer(name));

    /// <summary>Returns the tensors of a layer, without those that follow from the configuration, in the order of their names.</summary>
    public IEnumerable<LayerTensor> Layer(int index) => Layers.Layer(index).Where(tensor => !TensorNames.IsDerivedBuffer(tensor.Name)).OrderBy(tensor => tensor.Name, StringComparer.Ordinal);
}
