namespace ModelAggregation.Merging.Planning;

/// <summary>What kind of rule a recipe breaks.</summary>
public enum PlanProblemKind
{
    /// <summary>The recipe has not exactly one of models, slices and modules, a slice without sources, or an empty reference.</summary>
    RecipeShape,

    /// <summary>No method of that name is registered.</summary>
    UnknownMethod,

    /// <summary>The method has no parameter of that name.</summary>
    UnknownParameter,

    /// <summary>A parameter of the method is set for one model, where it has no effect.</summary>
    MisplacedParameter,

    /// <summary>A required parameter has no value for some tensors.</summary>
    MissingParameter,

    /// <summary>A value is a number, a truth value or a word where another kind is needed.</summary>
    ParameterKind,

    /// <summary>A number is NaN, infinite or out of range, or a word is not one of those allowed.</summary>
    ParameterValue,

    /// <summary>The method takes fewer or more models.</summary>
    ModelCount,

    /// <summary>The method needs a base model.</summary>
    BaseModelRequired,

    /// <summary>A model is not found or cannot be read.</summary>
    ModelNotFound,

    /// <summary>Models, or the sources of a slice, have different numbers of layers.</summary>
    UnequalLayerCounts,

    /// <summary>A range of layers is empty or outside its model, or the model has no layers that can be told by name.</summary>
    LayerRange,

    /// <summary>A model lacks a tensor that the others have.</summary>
    MissingTensor,

    /// <summary>Tensors of one name have different shapes.</summary>
    ShapeMismatch,

    /// <summary>A tensor holds integers or truth values.</summary>
    UnmergeableType,

    /// <summary>The output's type is not one that merges are written in.</summary>
    OutputType,

    /// <summary>The method's own rule on its resolved parameters.</summary>
    MethodRule,

    /// <summary>There is no tensor to merge.</summary>
    NoTensors,

    /// <summary>A model's statistics are missing, not used by the method, or do not fit its tensors.</summary>
    Statistics,
    /// <summary>A LoRA adapter is unsupported, or does not fit its model.</summary>
    Adapter,
    /// <summary>A tokenizer is missing or cannot be read, lacks a token that the recipe names, or has no place for what the output needs.</summary>
    Tokenizer,
    /// <summary>A module takes no tensor of its models, or the same as another.</summary>
    EmptyModule,
}
