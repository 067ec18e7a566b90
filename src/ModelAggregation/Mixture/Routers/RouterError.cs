namespace ModelAggregation.Mixture.Routers;

/// <summary>Why a router cannot be made.</summary>
public enum RouterError
{
    /// <summary>The routers' weights come of hidden states, and no model was given to read them of.</summary>
    SourceMissing,

    /// <summary>The model whose hidden states were read has another number of layers or another hidden size.</summary>
    SourceDiffers,

    /// <summary>The model does not tell what is needed: the states at the input of feed-forward blocks, or those of the first token.</summary>
    StatesMissing,

    /// <summary>An expert has no prompts.</summary>
    PromptsMissing,

    /// <summary>All experts have the same prompts, or an expert's negative ones are its positive ones.</summary>
    PromptsIdentical,

    /// <summary>A kind of router has no first weights of the kind that was asked for.</summary>
    Unsupported,

    /// <summary>A state or weight is NaN or infinite.</summary>
    NotFinite,

    /// <summary>A tensor of a router is missing.</summary>
    TensorMissing,

    /// <summary>A tensor of a router has another shape or is not of floats.</summary>
    TensorInvalid,
}
