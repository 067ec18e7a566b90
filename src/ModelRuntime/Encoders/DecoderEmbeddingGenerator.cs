using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Encoders;

/// <summary>Embeds texts with a decoder: the mean of the hidden states of a text's tokens. Safe to use from several threads; the model works for one at a time.</summary>
/// <remarks>
/// Decoders are not trained to embed, and an encoder that is does better. But the model that is to learn from texts tells how alike they are to it, and no second one is
/// needed. The embedding of a text is the same bits alone and among others.
/// </remarks>
public sealed class DecoderEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private const int ElementsAtOnce = 1 << 20;

    private readonly DecoderModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly EmbeddingGeneratorMetadata _metadata;
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Creates a generator.</summary>
    /// <param name="model">The model, which must not be trained or used elsewhere while it embeds; it has to outlive the generator.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">How to embed; the defaults when null.</param>
    /// <exception cref="ArgumentException">The tokenizer has tokens that the model has not.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such layer.</exception>
    public DecoderEmbeddingGenerator(DecoderModel model, ITokenizer tokenizer, DecoderEmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        Options = options ?? new DecoderEmbeddingOptions();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Options.LayersFromLast, model.Config.LayerCount, nameof(options));
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            throw new ArgumentException($"The tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabularySize}: they do not belong together.", nameof(tokenizer));
        }

        _model = model;
        _tokenizer = tokenizer;
        string id = $"decoder-{Fingerprint(model)[..16]}-{TokenizerProbe.Of(tokenizer)} mean of layer -{Options.LayersFromLast}{(Options.Normalizes ? " normalized" : string.Empty)} {Options.MaxLength}";
        _metadata = new EmbeddingGeneratorMetadata("ModelRuntime", defaultModelId: id, defaultModelDimensions: model.Config.HiddenSize);
    }

    /// <summary>Gets how texts are embedded.</summary>
    public DecoderEmbeddingOptions Options { get; }

    /// <inheritdoc />
    /// <exception cref="RuntimeException">The tokenizer has no token for a part of a text, or none at all (<see cref="RuntimeError.TextInvalid"/>).</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        int[][] tokens = [.. values.Select(Tokenize)];
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Generate(tokens, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Releases nothing of the model's.</summary>
    public void Dispose() => _turn.Dispose();

    private static string Fingerprint(DecoderModel model)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        MemoryTensorSet tensors = model.ToTensorSet();
        hash.AppendData(Encoding.UTF8.GetBytes(model.Config.ToModelConfig().ToDocument().ToJsonString()));
        foreach (string name in tensors.Names)
        {
            _ = tensors.TryGet(name, out TensorSource? source);
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {source!.DataType.SafetensorsName} {source.Shape}\n"));
            for (long start = 0; start < source.Shape.ElementCount; start += ElementsAtOnce)
            {
                _ = source.TryGetSpan(start, (int)Math.Min(ElementsAtOnce, source.Shape.ElementCount - start), out ReadOnlySpan<byte> bytes);
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private GeneratedEmbeddings<Embedding<float>> Generate(int[][] tokens, CancellationToken cancellationToken)
    {
        Embedding<float>[] embeddings = new Embedding<float>[tokens.Length];
        foreach (int[] texts in LengthBatches.Of(tokens, Options.BatchTokens))
        {
            TokenBatch batch = TokenBatch.Of([.. texts.Select(text => (ReadOnlyMemory<int>)tokens[text])]);
            using DecoderOutput output = _model.Forward(batch, new ForwardOptions { LogitRows = [], KeepsHiddenStates = true }, cancellationToken);

            // The last of the states is that after the final norm; that before it is left out of the count.
            HostTensor states = output.HiddenStates[Options.LayersFromLast == 0 ? ^1 : ^(Options.LayersFromLast + 2)];
            for (int i = 0; i < texts.Length; i++)
            {
                float[] vector = new float[_model.Config.HiddenSize];
                SequencePooling.Apply(states, batch.StartOf(i), batch.LengthOf(i), EncoderPooling.Mean, vector);
                if (Options.Normalizes)
                {
                    SequencePooling.Normalize(vector);
                }

                embeddings[texts[i]] = new Embedding<float>(vector) { ModelId = _metadata.DefaultModelId };
            }
        }

        long count = tokens.Sum(text => (long)text.Length);
        return new GeneratedEmbeddings<Embedding<float>>(embeddings) { Usage = new UsageDetails { InputTokenCount = count, TotalTokenCount = count } };
    }

    private int[] Tokenize(string text)
    {
        IReadOnlyList<int> tokens = _tokenizer.Encode(text);
        return tokens.Count == 0
            ? throw new RuntimeException(RuntimeError.TextInvalid, "A text has no tokens, and the tokenizer adds none that begin or end a sequence: there is nothing to embed.")
            : [.. tokens.Take(Options.MaxLength)];
    }
}
