namespace ModelTensors.Adapters;

/// <summary>The kind of layer that a LoRA update belongs to.</summary>
public enum LoraModuleKind
{
    /// <summary>A linear layer: A is [rank, in], B is [out, rank].</summary>
    Linear,

    /// <summary>An embedding: A is [rank, tokens], B is [width, rank].</summary>
    Embedding,

    /// <summary>A convolution of one group: A is [rank, in, k…], B is [out, rank, 1…].</summary>
    Convolution,
}
