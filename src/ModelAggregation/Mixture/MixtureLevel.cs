namespace ModelAggregation.Mixture;

/// <summary>What is mixed in the layers of a mixture behind its dense ones (Model-GLUE's mixture levels).</summary>
public enum MixtureLevel
{
    /// <summary>The feed-forward blocks, with a router in each layer; attention, norms and embeddings are the dense model's (<c>ffn</c>).</summary>
    FeedForward,

    /// <summary>Whole layers, with a router before each; embeddings, head and final norm are the dense model's (<c>block</c>).</summary>
    Block,

    /// <summary>Whole layers, with one router before the first of them that decides for all (<c>model</c>).</summary>
    Model,
}
