namespace ModelAggregation.Evaluation;

/// <summary>The hidden states of one prompt at the input of each layer: the embeddings at layer 0, then what the layer before gave. The state after the last layer is not among them. Immutable.</summary>
public sealed class PromptStates
{
    private readonly float[] _last;
    private readonly float[] _mean;
    private readonly float[] _embeddings;
    private readonly float[]? _feedForwardLast;
    private readonly float[]? _feedForwardMean;

    /// <summary>Creates the states of a prompt; the arrays become its own.</summary>
    /// <param name="tokenCount">The number of tokens, at least 1.</param>
    /// <param name="hiddenSize">The size of a hidden state, at least 1.</param>
    /// <param name="last">The last token's state at the input of each layer: [layers, hidden].</param>
    /// <param name="mean">The mean of all tokens' states at the input of each layer: [layers, hidden].</param>
    /// <param name="embeddings">The sum of the tokens' rows of the embedding: [hidden].</param>
    /// <param name="feedForwardLast">The last token's state at the input of each feed-forward block, behind its norm: [layers, hidden]; null when it was not read.</param>
    /// <param name="feedForwardMean">The mean of all tokens' states at the input of each feed-forward block, behind its norm: [layers, hidden]; null when it was not read.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, or only one of the feed-forward inputs is given.</exception>
    public PromptStates(int tokenCount, int hiddenSize, float[] last, float[] mean, float[] embeddings, float[]? feedForwardLast = null, float[]? feedForwardMean = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hiddenSize, 1);
        ArgumentNullException.ThrowIfNull(last);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(embeddings);
        if (last.Length == 0 || last.Length % hiddenSize != 0 || mean.Length != last.Length || embeddings.Length != hiddenSize)
        {
            throw new ArgumentException($"States of {last.Length}, {mean.Length} and {embeddings.Length} numbers are not [layers, {hiddenSize}], the same, and [{hiddenSize}].");
        }

        if (feedForwardLast?.Length != feedForwardMean?.Length || (feedForwardLast is not null && feedForwardLast.Length != last.Length))
        {
            throw new ArgumentException($"Inputs of feed-forward blocks of {feedForwardLast?.Length} and {feedForwardMean?.Length} numbers are not both [layers, {hiddenSize}] or both absent.");
        }

        TokenCount = tokenCount;
        HiddenSize = hiddenSize;
        _last = last;
        _mean = mean;
        _embeddings = embeddings;
        _feedForwardLast = feedForwardLast;
        _feedForwardMean = feedForwardMean;
    }

    /// <summary>Gets the number of tokens, with the one that begins the sequence.</summary>
    public int TokenCount { get; }

    /// <summary>Gets the size of a hidden state.</summary>
    public int HiddenSize { get; }

    /// <summary>Gets the number of layers.</summary>
    public int LayerCount => _last.Length / HiddenSize;

    /// <summary>Gets the sum of the tokens' rows of the embedding: [hidden].</summary>
    public ReadOnlySpan<float> EmbeddingSum => _embeddings;

    /// <summary>Returns the last token's state at the input of a layer: [hidden].</summary>
    /// <param name="layer">The layer, from 0.</param>
    public ReadOnlySpan<float> Last(int layer) => _last.AsSpan(checked(layer * HiddenSize), HiddenSize);

    /// <summary>Returns the mean of all tokens' states at the input of a layer: [hidden].</summary>
    /// <param name="layer">The layer, from 0.</param>
    public ReadOnlySpan<float> Mean(int layer) => _mean.AsSpan(checked(layer * HiddenSize), HiddenSize);

    /// <summary>Gets whether the states at the input of the feed-forward blocks are known.</summary>
    public bool HasFeedForwardInputs => _feedForwardLast is not null;

    /// <summary>Returns the last token's state at the input of a layer's feed-forward block, behind its norm: [hidden].</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <exception cref="InvalidOperationException">The states were not read.</exception>
    public ReadOnlySpan<float> FeedForwardLast(int layer) => FeedForward(_feedForwardLast, layer);

    /// <summary>Returns the mean of all tokens' states at the input of a layer's feed-forward block, behind its norm: [hidden].</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <exception cref="InvalidOperationException">The states were not read.</exception>
    public ReadOnlySpan<float> FeedForwardMean(int layer) => FeedForward(_feedForwardMean, layer);

    private ReadOnlySpan<float> FeedForward(float[]? states, int layer) => states is null
        ? throw new InvalidOperationException("The inputs of the feed-forward blocks were not read.")
        : states.AsSpan(checked(layer * HiddenSize), HiddenSize);
}
