namespace ModelRuntime.Decoders.Mixtures;

/// <summary>What the experts of a mixture are, in the layers behind its dense ones (<c>mixture_level</c>).</summary>
public enum ExpertLevel
{
    /// <summary>Feed-forward blocks, with a router in each layer (<c>ffn</c>).</summary>
    FeedForward,

    /// <summary>Whole layers, with a router before each (<c>block</c>).</summary>
    Block,

    /// <summary>Whole layers, with one router before the first of them that decides for all (<c>model</c>).</summary>
    Model,
}
