namespace ModelAggregation.Stacking;

/// <summary>Why models cannot be stacked.</summary>
public enum StackingProblemKind
{
    /// <summary>A model is not found or cannot be read.</summary>
    ModelNotFound,

    /// <summary>A model has no layers that can be told by name, more than one stack of them, or layers that its configuration does not count.</summary>
    Layers,

    /// <summary>The configurations differ in what one configuration says for all layers, such as sizes or the rotation.</summary>
    Configuration,

    /// <summary>A configuration says by position which layers are of which kind, in a way that cannot be said of the stack.</summary>
    LayerPattern,

    /// <summary>A model lacks a tensor that another has.</summary>
    MissingTensor,

    /// <summary>Tensors of one name have different shapes, or different numbers of dimensions.</summary>
    ShapeMismatch,

    /// <summary>A tensor holds floats in one model and integers in another, or integers of which different ones cannot be averaged.</summary>
    TensorType,

    /// <summary>The model whose tokenizer is asked for is not one of the stack, or has no folder.</summary>
    Tokenizer,

    /// <summary>The output folder is or contains that of a model.</summary>
    OutputIsInput,
}
