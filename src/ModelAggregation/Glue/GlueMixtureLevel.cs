namespace ModelAggregation.Glue;

/// <summary>What a pipeline mixes.</summary>
public enum GlueMixtureLevel
{
    /// <summary>The families' models as wholes, of whatever architecture: a router reads a text and hands it to one of them (<c>text</c>; the paper's figure).</summary>
    Text,

    /// <summary>The feed-forward blocks of a family's models around its merged model (<c>ffn</c>).</summary>
    FeedForward,

    /// <summary>The layers of a family's models, with a router before each (<c>block</c>).</summary>
    Block,

    /// <summary>The layers of a family's models, with one router for all (<c>model</c>).</summary>
    Model,
}
