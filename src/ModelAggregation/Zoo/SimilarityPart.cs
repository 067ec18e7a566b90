namespace ModelAggregation.Zoo;

/// <summary>Which tensors are compared.</summary>
public enum SimilarityPart
{
    /// <summary>Those of attention and of the feed-forward blocks, as Model-GLUE's <c>sim_all</c>: the names with <c>self_attn</c> or <c>mlp</c>.</summary>
    AttentionAndMlp,

    /// <summary>Those of attention: the names with <c>self_attn</c>.</summary>
    Attention,

    /// <summary>Those of the feed-forward blocks: the names with <c>mlp</c>.</summary>
    Mlp,

    /// <summary>All, embeddings and norms included.</summary>
    All,
}
