namespace ModelRuntime.Decoders.Mixtures;

/// <summary>The shape of a mixture of experts (Model-GLUE; Mixtral).</summary>
public sealed record MixtureConfig
{
    /// <summary>Gets what the experts are.</summary>
    /// <value>Feed-forward blocks by default.</value>
    public ExpertLevel Level { get; init; }

    /// <summary>Gets the number of experts (<c>num_local_experts</c>).</summary>
    public required int ExpertCount { get; init => field = Positive(value); }

    /// <summary>Gets how many experts compute for a token or a sequence (<c>num_experts_per_tok</c>); at most all.</summary>
    /// <value>2 by default.</value>
    public int ChosenCount { get; init => field = Positive(value); } = 2;

    /// <summary>Gets how many of the first layers have no experts (<c>num_dense_layers</c>); at most all, and below that at model level.</summary>
    /// <value>0 by default.</value>
    public int DenseLayerCount { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A number of layers is not negative."); }

    /// <summary>Gets whether routers decide for whole sequences, once and by their prompts (<c>sentence_routing</c>), and not for each token.</summary>
    /// <value>False by default; where experts are whole layers they always do.</value>
    public bool RoutesSequences { get => field || Level != ExpertLevel.FeedForward; init; }

    /// <summary>Gets what prompts are pooled to where routers decide for whole sequences.</summary>
    public PromptPooling Pooling { get; init; }

    /// <summary>Gets the width between the two layers of the routers (<c>router_hidden_size</c>).</summary>
    /// <value>Null by default: routers are matrices (<c>router_type</c> <c>linear</c>).</value>
    public int? RouterHiddenSize { get; init => field = value is { } size ? Positive(size) : null; }

    /// <summary>Gets what each expert has of its own, where experts are whole layers; as many as experts.</summary>
    /// <value>Empty by default: all are as <see cref="DecoderConfig"/> says.</value>
    public IReadOnlyList<ExpertSettings> Experts { get; init; } = [];

    /// <summary>Returns whether a layer has experts.</summary>
    internal bool Mixes(int layer) => layer >= DenseLayerCount;

    private static int Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        return value;
    }
}
