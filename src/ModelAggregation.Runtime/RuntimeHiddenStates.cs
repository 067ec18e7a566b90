using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Decoders.Mixtures;
using ModelRuntime.Tokenizers;
using ModelTensors;

namespace ModelAggregation.Runtime;

/// <summary>The hidden states of a decoder of ModelRuntime, at the input of each layer and, but of a mixture of whole layers, of each feed-forward block. Sums over tokens are in double, rounded once.</summary>
/// <remarks>Of a text that is longer than the model's context, the end is read, as of prompts that are continued; an empty one is what stands before the first token of a text.</remarks>
public sealed class RuntimeHiddenStates : IHiddenStateSource
{
    private readonly DecoderModel _model;
    private readonly PromptEncoder _encoder;
    private readonly int _batchTokens;

    /// <summary>Creates the source.</summary>
    /// <param name="model">The decoder, which becomes its own: it is disposed with it.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public RuntimeHiddenStates(DecoderModel model, ITokenizer tokenizer, RuntimeLanguageModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        VocabularyCheck.Fits(model, tokenizer);
        options ??= new RuntimeLanguageModelOptions();
        _model = model;
        _batchTokens = options.BatchTokens;
        _encoder = new PromptEncoder(model.Config, tokenizer, options.AddsBeginToken);
    }

    /// <inheritdoc />
    public int LayerCount => _model.Config.LayerCount;

    /// <inheritdoc />
    public int HiddenSize => _model.Config.HiddenSize;

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<PromptStates>> ReadAsync(IReadOnlyList<string> prompts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ReadOnlyMemory<int>[] sequences = [.. prompts.Select(prompt => _encoder.Context(prompt, _model.Config.ContextLength))];

        // A mixture of whole layers has several feed-forward blocks side by side, each with an input of its own.
        bool hasOneBlock = _model.Config.Mixture is null or { Level: ExpertLevel.FeedForward };
        ForwardOptions options = new() { KeepsHiddenStates = true, KeepsFeedForwardInputs = hasOneBlock, LogitRows = [] };
        PromptStates[] states = new PromptStates[prompts.Count];
        foreach (int[] batch in SequenceBatches.Of([.. sequences.Select(sequence => sequence.Length)], _batchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            TokenBatch tokens = TokenBatch.Of([.. batch.Select(place => sequences[place])]);
            using DecoderOutput output = _model.Forward(tokens, options, cancellationToken);
            for (int i = 0; i < batch.Length; i++)
            {
                states[batch[i]] = Read(output, tokens.StartOf(i), tokens.LengthOf(i));
            }
        }

        return ValueTask.FromResult<IReadOnlyList<PromptStates>>(states);
    }

    /// <summary>Disposes the decoder.</summary>
    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }

    private PromptStates Read(DecoderOutput output, int start, int count)
    {
        (float[] last, float[] mean) = Read(output.HiddenStates, start, count);
        float[] embeddings = new float[HiddenSize];
        Sum(output.HiddenStates[0], start, count, embeddings, divisor: 1);
        if (output.FeedForwardInputs.Count == 0)
        {
            return new PromptStates(count, HiddenSize, last, mean, embeddings);
        }

        (float[] feedForwardLast, float[] feedForwardMean) = Read(output.FeedForwardInputs, start, count);
        return new PromptStates(count, HiddenSize, last, mean, embeddings, feedForwardLast, feedForwardMean);
    }

    private (float[] Last, float[] Mean) Read(IReadOnlyList<HostTensor> layers, int start, int count)
    {
        float[] last = new float[LayerCount * HiddenSize];
        float[] mean = new float[last.Length];
        for (int layer = 0; layer < LayerCount; layer++)
        {
            layers[layer].AsSpan<float>(((long)start + count - 1) * HiddenSize, HiddenSize).CopyTo(last.AsSpan(layer * HiddenSize));
            Sum(layers[layer], start, count, mean.AsSpan(layer * HiddenSize, HiddenSize), divisor: count);
        }

        return (last, mean);
    }

    private static void Sum(HostTensor states, int start, int count, Span<float> result, int divisor)
    {
        double[] sums = new double[result.Length];
        for (int token = start; token < start + count; token++)
        {
            ReadOnlySpan<float> row = states.AsSpan<float>((long)token * sums.Length, sums.Length);
            for (int i = 0; i < row.Length; i++)
            {
                sums[i] += row[i];
            }
        }

        for (int i = 0; i < sums.Length; i++)
        {
            result[i] = (float)(sums[i] / divisor);
        }
    }
}
