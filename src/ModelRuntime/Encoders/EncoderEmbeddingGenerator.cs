using System.Globalization;
using Microsoft.Extensions.AI;
using ModelRuntime.Tokenizers;
using ModelTensors;

namespace ModelRuntime.Encoders;

/// <summary>Embeds texts with an encoder of the BERT family. Safe to use from several threads.</summary>
/// <remarks>The embedding of a text is the same bits alone and among others, for any number of threads. White space around a text is taken away first, as sentence-transformers does.</remarks>
public sealed class EncoderEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly EncoderModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly EmbeddingGeneratorMetadata _metadata;
    private readonly bool _ownsModel;
    private readonly int _maxLength;
    private readonly int? _ending;

    /// <summary>Creates a generator.</summary>
    /// <param name="model">The model; it has to outlive the generator.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">How to embed; the defaults when null.</param>
    /// <exception cref="ArgumentException">The tokenizer has tokens that the model has not, or the model has no pooler and it is asked for.</exception>
    public EncoderEmbeddingGenerator(EncoderModel model, ITokenizer tokenizer, EncoderEmbeddingOptions? options = null)
        : this(model, tokenizer, options, ownsModel: false)
    {
    }

    private EncoderEmbeddingGenerator(EncoderModel model, ITokenizer tokenizer, EncoderEmbeddingOptions? options, bool ownsModel)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        Options = options ?? new EncoderEmbeddingOptions();
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            throw new ArgumentException($"The tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabularySize}: they do not belong together.", nameof(tokenizer));
        }

        if (Options.Pooling == EncoderPooling.Pooler && !model.HasPooler)
        {
            throw new ArgumentException("The model has no pooler: use another pooling.", nameof(options));
        }

        _model = model;
        _tokenizer = tokenizer;
        _ownsModel = ownsModel;
        _maxLength = Math.Min(Options.MaxLength ?? int.MaxValue, model.Config.MaxLength);

        // What the tokenizer puts at the end of nothing, it puts at the end of everything.
        _ending = tokenizer.Encode(string.Empty) is [.., int last] ? last : tokenizer.EndToken;
        string id = $"{model.Config.ModelType}-{model.Fingerprint[..16]}-{TokenizerProbe.Of(tokenizer)} {Shape(model.Config)} {Options.Pooling}{(Options.Normalizes ? " normalized" : string.Empty)} {_maxLength}";
        _metadata = new EmbeddingGeneratorMetadata("ModelRuntime", defaultModelId: id, defaultModelDimensions: model.Config.HiddenSize);
    }

    /// <summary>Gets how texts are embedded.</summary>
    public EncoderEmbeddingOptions Options { get; }

    // What of a configuration the shapes of tensors do not say.
    private static string Shape(EncoderConfig config) =>
        string.Create(CultureInfo.InvariantCulture, $"{config.HeadCount} heads {config.Activation} eps {config.LayerNormEpsilon:R} from {config.FirstPosition}");

    /// <summary>Loads an encoder with what sentence-transformers' files say of pooling, normalisation and length; without these files, the mean of a length of one.</summary>
    /// <param name="folder">A Hugging Face folder.</param>
    /// <param name="tokenizer">The model's tokenizer; that of the folder when null.</param>
    /// <param name="options">Where to compute; the defaults when null.</param>
    /// <returns>The generator, which owns its model.</returns>
    /// <exception cref="ModelDataException">The folder is not that of an encoder, with a tokenizer, that the engine can run.</exception>
    public static EncoderEmbeddingGenerator Load(string folder, ITokenizer? tokenizer = null, RuntimeOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        tokenizer ??= TokenizerLoader.Load(folder);
        EncoderEmbeddingOptions settings = SentenceTransformerFolder.Read(folder);
        EncoderModel model = EncoderModel.Load(folder, options);
        try
        {
            return new EncoderEmbeddingGenerator(model, tokenizer, settings, ownsModel: true);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    /// <exception cref="RuntimeException">The tokenizer has no token for a part of a text (<see cref="RuntimeError.TextInvalid"/>).</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        string[] texts = [.. values];
        return Task.Run(() => Generate(texts, cancellationToken), cancellationToken);
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Releases the model if it was loaded by <see cref="Load"/>.</summary>
    public void Dispose()
    {
        if (_ownsModel)
        {
            _model.Dispose();
        }
    }

    private GeneratedEmbeddings<Embedding<float>> Generate(string[] texts, CancellationToken cancellationToken)
    {
        int[][] tokens = [.. texts.Select((text, i) => Tokenize((text ?? throw new ArgumentException($"Text {i} is null.", nameof(texts))).Trim()))];
        Embedding<float>[] embeddings = new Embedding<float>[texts.Length];
        foreach (int[] batch in LengthBatches.Of(tokens, Options.BatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Embed(tokens, batch, embeddings, cancellationToken);
        }

        return new GeneratedEmbeddings<Embedding<float>>(embeddings)
        {
            Usage = new UsageDetails { InputTokenCount = tokens.Sum(text => (long)text.Length), TotalTokenCount = tokens.Sum(text => (long)text.Length) },
        };
    }

    private void Embed(int[][] tokens, int[] texts, Embedding<float>[] embeddings, CancellationToken cancellationToken)
    {
        TokenBatch batch = TokenBatch.Of([.. texts.Select(text => (ReadOnlyMemory<int>)tokens[text])]);
        using EncoderOutput output = _model.Forward(batch, cancellationToken: cancellationToken);
        using HostTensor pooled = _model.Pool(batch, output.LastHiddenState, Options.Pooling);
        for (int i = 0; i < texts.Length; i++)
        {
            float[] vector = pooled.Row(i).ToArray();
            if (Options.Normalizes)
            {
                SequencePooling.Normalize(vector);
            }

            embeddings[texts[i]] = new Embedding<float>(vector) { ModelId = _metadata.DefaultModelId };
        }
    }

    private int[] Tokenize(string text)
    {
        int[] tokens = [.. _tokenizer.Encode(text)];
        if (tokens.Length == 0)
        {
            throw new RuntimeException(RuntimeError.TextInvalid, "A text has no tokens, and the tokenizer adds none that begin or end a sequence: there is nothing to embed.");
        }

        if (tokens.Length <= _maxLength)
        {
            return tokens;
        }

        int last = tokens[^1];
        Array.Resize(ref tokens, _maxLength);
        tokens[^1] = last == _ending ? last : tokens[^1];
        return tokens;
    }
}
