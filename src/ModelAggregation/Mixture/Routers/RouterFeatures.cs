using ModelAggregation.Evaluation;

namespace ModelAggregation.Mixture.Routers;

/// <summary>The pooled hidden states of labelled prompts in all layers of a model, read once. Immutable.</summary>
public sealed class RouterFeatures
{
    private readonly PromptStates[] _states;

    private RouterFeatures(PromptStates[] states, IReadOnlyList<LabelledPrompt> prompts, int expertCount, RouterSite site, RouterPooling pooling, int layerCount, int hiddenSize)
    {
        _states = states;
        Prompts = prompts;
        ExpertCount = expertCount;
        Site = site;
        Pooling = pooling;
        LayerCount = layerCount;
        HiddenSize = hiddenSize;
    }

    /// <summary>Gets the prompts.</summary>
    public IReadOnlyList<LabelledPrompt> Prompts { get; }

    /// <summary>Gets the number of experts.</summary>
    public int ExpertCount { get; }

    /// <summary>Gets where in the layers the states were read.</summary>
    public RouterSite Site { get; }

    /// <summary>Gets what a prompt's states are pooled to.</summary>
    public RouterPooling Pooling { get; }

    /// <summary>Gets the number of layers.</summary>
    public int LayerCount { get; }

    /// <summary>Gets the size of a hidden state.</summary>
    public int HiddenSize { get; }

    /// <summary>Runs prompts through a model.</summary>
    /// <param name="source">The model; the caller disposes it.</param>
    /// <param name="prompts">The prompts, at least one. An expert may have none: then the router learns to leave it out.</param>
    /// <param name="expertCount">The number of experts, at least 2.</param>
    /// <param name="site">Where in the layers the routers will be applied.</param>
    /// <param name="pooling">What a prompt's states are pooled to: the mean or the last. The first token's is the same for most prompts, and no source tells it.</param>
    /// <param name="cancellationToken">Stops the computation.</param>
    /// <exception cref="RouterException">The source does not tell the states, or they are not finite; there are no prompts.</exception>
    /// <exception cref="ArgumentException">A label is none of the experts.</exception>
    /// <exception cref="EvaluationException">The source cannot run a prompt.</exception>
    public static async ValueTask<RouterFeatures> ReadAsync(
        IHiddenStateSource source,
        IReadOnlyList<LabelledPrompt> prompts,
        int expertCount,
        RouterSite site = RouterSite.LayerInput,
        RouterPooling pooling = RouterPooling.Mean,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfLessThan(expertCount, 2);
        CheckPooling(pooling);
        if (prompts.Count == 0)
        {
            throw new RouterException(RouterError.PromptsMissing, "There are no labelled prompts to fit a router to.");
        }

        if (prompts.FirstOrDefault(prompt => prompt.Expert < 0 || prompt.Expert >= expertCount) is { } wrong)
        {
            throw new ArgumentException($"A prompt is labelled with expert {wrong.Expert}; the experts are 0 to {expertCount - 1}.", nameof(prompts));
        }

        // A prompt may have several labels, with weights: it is run once.
        string[] texts = [.. prompts.Select(prompt => prompt.Prompt).Distinct(StringComparer.Ordinal)];
        IReadOnlyList<PromptStates> states = await source.ReadAsync(texts, cancellationToken).ConfigureAwait(false);
        CheckStates(source, states, texts.Length);
        if (site is RouterSite.FeedForwardInput && states.Any(state => !state.HasFeedForwardInputs))
        {
            throw FeedForwardMissing();
        }

        Dictionary<string, PromptStates> byText = new(StringComparer.Ordinal);
        for (int i = 0; i < texts.Length; i++)
        {
            byText.Add(texts[i], states[i]);
        }

        return new RouterFeatures([.. prompts.Select(prompt => byText[prompt.Prompt])], [.. prompts], expertCount, site, pooling, source.LayerCount, source.HiddenSize);
    }

    /// <summary>Returns the pooled state of a prompt in a layer: [hidden].</summary>
    /// <param name="prompt">The prompt's place in <see cref="Prompts"/>.</param>
    /// <param name="layer">The layer, from 0.</param>
    public ReadOnlySpan<float> State(int prompt, int layer) => Read(_states[prompt], layer, Site, Pooling);

    internal static ReadOnlySpan<float> Read(PromptStates states, int layer, RouterSite site, RouterPooling pooling) => (site, pooling) switch
    {
        (RouterSite.LayerInput, RouterPooling.Mean) => states.Mean(layer),
        (RouterSite.LayerInput, _) => states.Last(layer),
        (_, RouterPooling.Mean) => states.FeedForwardMean(layer),
        _ => states.FeedForwardLast(layer),
    };

    internal static void CheckPooling(RouterPooling pooling)
    {
        if (pooling is not (RouterPooling.Mean or RouterPooling.Last))
        {
            throw new RouterException(
                RouterError.StatesMissing, $"A router cannot be fitted to states pooled by {pooling}: in a causal model the first token's is the same for every prompt that begins alike. Pool by {RouterPooling.Mean} or {RouterPooling.Last}.");
        }
    }

    internal static void CheckStates(IHiddenStateSource source, IReadOnlyList<PromptStates> states, int count)
    {
        if (states.Count != count || states.Any(state => state.LayerCount != source.LayerCount || state.HiddenSize != source.HiddenSize))
        {
            throw new RouterException(
                RouterError.SourceDiffers, $"The source says that it has {source.LayerCount} layers and a hidden size of {source.HiddenSize}, and gave {states.Count} prompts' states for {count}, or such of another size.");
        }
    }

    internal static RouterException FeedForwardMissing() =>
        new(RouterError.StatesMissing, "The source does not tell the states at the input of the feed-forward blocks: use another source, or another gate mode.");
}
