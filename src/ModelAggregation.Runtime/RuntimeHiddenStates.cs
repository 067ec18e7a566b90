using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelTensors;

namespace ModelAggregation.Runtime;

/// <summary>The hidden states of a decoder of ModelRuntime, at the input of each layer. Sums over tokens are in double, rounded once.</summary>
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
        ReadOnlyMemory<int>[] sequences = [.. prompts.Select(prompt => _encoder.Prompt(prompt, int.MaxValue))];
        if (Array.FindIndex(sequences, sequence => sequence.IsEmpty || sequence.Length > _model.Config.ContextLength) is >= 0 and int place)
        {
            throw new EvaluationException(EvaluationError.Unsupported, $"Prompt {place} has {sequences[place].Length} tokens; it has 1 to {_model.Config.ContextLength}, the context of the model.");
        }

        PromptStates[] states = new PromptStates[prompts.Count];
        foreach (int[] batch in SequenceBatches.Of([.. sequences.Select(sequence => sequence.Length)], _batchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            TokenBatch tokens = TokenBatch.Of([.. batch.Select(place => sequences[place])]);
            using DecoderOutput output = _model.Forward(tokens, new ForwardOptions { KeepsHiddenStates = true, LogitRows = [] }, cancellationToken);
            for (int i = 0; i < batch.Length; i++)
            {
                states[batch[i]] = Read(output.HiddenStates, tokens.StartOf(i), tokens.LengthOf(i));
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

    private PromptStates Read(IReadOnlyList<HostTensor> layers, int start, int count)
    {
        float[] last = new float[LayerCount * HiddenSize];
        float[] mean = new float[last.Length];
        float[] embeddings = new float[HiddenSize];
        double[] sums = new double[HiddenSize];
        for (int layer = 0; layer < LayerCount; layer++)
        {
            Array.Clear(sums);
            for (int token = start; token < start + count; token++)
            {
                ReadOnlySpan<float> row = layers[layer].AsSpan<float>((long)token * HiddenSize, HiddenSize);
                for (int i = 0; i < row.Length; i++)
                {
                    sums[i] += row[i];
                }
            }

            layers[layer].AsSpan<float>(((long)start + count - 1) * HiddenSize, HiddenSize).CopyTo(last.AsSpan(layer * HiddenSize));
            for (int i = 0; i < sums.Length; i++)
            {
                mean[(layer * HiddenSize) + i] = (float)(sums[i] / count);

                // What enters the first layer are the rows of the embedding.
                embeddings[i] = layer == 0 ? (float)sums[i] : embeddings[i];
            }
        }

        return new PromptStates(count, HiddenSize, last, mean, embeddings);
    }
}
