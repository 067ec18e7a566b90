namespace ModelAggregation.Mixture;

/// <summary>What kind of rule a mixture breaks.</summary>
public enum MixtureProblemKind
{
    /// <summary>There are fewer than two experts, a reference is empty, an expert has no prompts where others have some, all have the same ones, or settings do not go together.</summary>
    RecipeShape,

    /// <summary>The number of dense layers is more than the model has; at model level, not below it.</summary>
    DenseLayers,

    /// <summary>The number of experts that compute is more than there are.</summary>
    ExpertsPerToken,

    /// <summary>A model is not found or cannot be read.</summary>
    ModelNotFound,

    /// <summary>A model has no configuration, or one with an impossible value.</summary>
    Configuration,

    /// <summary>A model is of an architecture that cannot be mixed, or an expert of another than the dense model.</summary>
    Architecture,

    /// <summary>An expert has another width, depth or number of heads than the dense model.</summary>
    Geometry,

    /// <summary>A tensor is missing, or has no place in the mixture.</summary>
    Tensor,

    /// <summary>A tensor of an expert has another shape than the dense model's.</summary>
    Shape,

    /// <summary>A tensor holds integers or truth values, or the output's type is not one that models are written in.</summary>
    DataType,

    /// <summary>An expert's tokens are not those of the dense model, whose embeddings all share.</summary>
    Vocabulary,

    /// <summary>Experts differ in a setting that the level cannot carry for each.</summary>
    Setting,

    /// <summary>A LoRA adapter is unsupported, or does not fit its model.</summary>
    Adapter,

    /// <summary>A folder holds no mixture, or one that is not what its configuration says.</summary>
    NotAMixture,
}
