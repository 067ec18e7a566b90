namespace ModelAggregation.Mixture;

/// <summary>Where the first weights of routers come from (mergekit-moe's <c>gate_mode</c>).</summary>
public enum GateMode
{
    /// <summary>The last token's state at the input of each layer, mean over an expert's prompts (<c>hidden</c>).</summary>
    Hidden,

    /// <summary>The mean of all tokens' states at the input of each layer (<c>hidden_avg</c>); no padding takes part.</summary>
    HiddenAverage,

    /// <summary>The last token's state at the input of each feed-forward block, behind its norm: what a router of feed-forward blocks gets (<c>hidden_ffn_input</c>; ours).</summary>
    HiddenFeedForwardInput,

    /// <summary>The sum of the rows of the embedding, the same in every layer (<c>cheap_embed</c>).</summary>
    CheapEmbed,

    /// <summary>Normal random numbers (<c>random</c>).</summary>
    Random,

    /// <summary>Uniform random numbers in ±1/√hidden (<c>uniform_random</c>).</summary>
    UniformRandom,

    /// <summary>Fitted to labelled prompts, without a gradient through the model (<c>fitted</c>; ours).</summary>
    Fitted,
}
