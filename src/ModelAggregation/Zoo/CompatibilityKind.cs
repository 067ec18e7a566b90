namespace ModelAggregation.Zoo;

/// <summary>What kind of thing two models differ in.</summary>
public enum CompatibilityKind
{
    /// <summary>A key of <c>config.json</c>.</summary>
    Configuration,

    /// <summary>A tensor that one lacks, or that has another shape or kind.</summary>
    Tensor,

    /// <summary>The type in which tensors are stored.</summary>
    DataType,

    /// <summary>The tokens, or how many rows the embeddings have for them.</summary>
    Vocabulary,
}
