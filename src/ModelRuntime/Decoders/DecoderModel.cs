using System.Text.Json.Nodes;
using ModelRuntime.Decoders.Mixtures;
using ModelRuntime.Kernels;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;

namespace ModelRuntime.Decoders;

/// <summary>A Llama-family decoder in memory: forward passes, training, and its weights out again. One thread at a time may use it; several models may work at once.</summary>
/// <remarks>
/// Products and sums are in float, the sums of norms, softmaxes and losses in double. Weights stay in the type they were stored in and are widened while they are
/// multiplied. On the CPU device, what a sequence gives is the same bits in any batch, with any padding, with a cache or without, and for any number of threads.
/// </remarks>
public sealed partial class DecoderModel : IDisposable
{
    private readonly Compute _compute;
    private readonly DecoderWeights _weights;
    private readonly IDecoderLayer[] _layers;
    private readonly RotaryTable[] _rotaries;
    private readonly ModelConfig _document;

    private DecoderModel(DecoderConfig config, ModelConfig document, DecoderWeights weights, RuntimeOptions? options)
    {
        Config = config;
        _document = document;
        _weights = weights;
        _compute = new Compute(options);
        LayerBuilder builder = new(config, weights);
        _layers = builder.Build();
        _rotaries = [.. builder.Rotaries];
    }

    /// <summary>Gets the shape of the model.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Gets the number of weights, low-rank factors aside.</summary>
    public long ParameterCount => _weights.All.Sum(weight => weight.Value.Shape.ElementCount);

    /// <summary>Gets the paths of the linear modules, which low-rank factors can stand beside.</summary>
    public IReadOnlyList<string> LinearPaths => [.. Linears.Select(linear => linear.Path)];

    private IEnumerable<Linear> Linears => _layers.SelectMany(layer => layer.Linears);

    private Weight Embedding => _weights[DecoderShapes.EmbeddingName];

    private Weight Head => Config.TiesEmbeddings ? Embedding : _weights[DecoderShapes.HeadName];

    private Weight Norm => _weights[DecoderShapes.NormName];

    /// <summary>Loads a model from a Hugging Face folder.</summary>
    /// <param name="folder">The folder of <c>config.json</c> and safetensors files.</param>
    /// <param name="options">Where to compute; the defaults when null.</param>
    /// <exception cref="RuntimeException">The model is of another kind, or its tensors are not those of its configuration.</exception>
    /// <exception cref="CheckpointException">There is no checkpoint, or its files contradict each other.</exception>
    public static DecoderModel Load(string folder, RuntimeOptions? options = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return Load(checkpoint, options);
    }

    /// <summary>Loads a model from tensors, which are copied: the set may be disposed afterwards.</summary>
    /// <param name="tensors">A checkpoint, a merge in memory, a model with an adapter; it has a configuration.</param>
    /// <param name="options">Where to compute; the defaults when null.</param>
    /// <exception cref="RuntimeException">The model has no configuration, is of another kind, or its tensors are not those of its configuration.</exception>
    public static DecoderModel Load(TensorSet tensors, RuntimeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ModelConfig document = tensors.Config ?? throw new RuntimeException(
            RuntimeError.ConfigInvalid, $"The model{(tensors.Folder is { } folder ? $" in '{folder}'" : string.Empty)} has no config.json, which says what its tensors mean.", tensors.Folder);
        DecoderConfig config = DecoderConfig.Read(
            document, tensors.Folder is { } place ? Path.Combine(place, "config.json") : null, name => tensors.TryGet(name, out _));
        return new DecoderModel(config, document, DecoderWeights.Load(config, tensors), options);
    }

    /// <summary>Creates a model with fresh weights in F32.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="seed">The seed: matrices are normal with <see cref="DecoderConfig.InitializerRange"/>, norms one, biases zero.</param>
    /// <param name="options">Where to compute; the defaults when null.</param>
    /// <exception cref="ArgumentException">The shape has what no <c>config.json</c> of its architecture can say, such as a Llama with a sliding window.</exception>
    /// <exception cref="RuntimeException">The shape contradicts itself.</exception>
    public static DecoderModel Create(DecoderConfig config, ulong seed, RuntimeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ModelConfig document = config.ToModelConfig();
        DecoderConfigCheck.EnsureWritable(config, document);
        return new DecoderModel(config, document, DecoderWeights.Create(config, seed), options);
    }

    /// <summary>Creates an empty cache.</summary>
    /// <param name="sequences">The number of sequences, at least 1.</param>
    /// <returns>The cache; the caller disposes it.</returns>
    public KeyValueCache CreateCache(int sequences)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        return new KeyValueCache(this, LayerBuilder.CacheOf(Config), Config.KeyValueSize, sequences);
    }

    /// <summary>Computes logits.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="options">What to give, and what to go on from; logits of all tokens when null.</param>
    /// <param name="cancellationToken">Stops the pass. A cache then has what it had before.</param>
    /// <returns>Logits and hidden states; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">A token is none of the vocabulary, a row none of the batch, the cache belongs to another model or has too few sequences, or a prompt that begins is longer than its tokens.</exception>
    /// <exception cref="RuntimeException">What enters feed-forward blocks is asked for, and the model has several of them side by side in a layer.</exception>
    public DecoderOutput Forward(TokenBatch batch, ForwardOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        options ??= new ForwardOptions();
        List<HostTensor> feedForwardInputs = [];
        List<RouterDecisions> routing = [];
        Pass pass = Begin(batch, options, dropoutSeed: null, cancellationToken) with
        {
            FeedForwardInputs = options.KeepsFeedForwardInputs ? feedForwardInputs : null,
            Routing = Config.Mixture is null ? null : new PassRouting(options.PromptLengths, options.KeepsRouting ? routing : null),
        };
        List<HostTensor> states = [];
        Rows stream = States(pass, options.KeepsHiddenStates ? states : null);
        HostTensor logits = Logits(stream, options.LogitRows, cancellationToken);
        _compute.Return(stream);
        for (int sequence = 0; options.Cache is not null && sequence < batch.SequenceCount; sequence++)
        {
            options.Cache.Advance(pass.Cached(sequence), batch.LengthOf(sequence));
        }

        return new DecoderOutput(logits, states, feedForwardInputs, routing);
    }

    /// <summary>Returns the model's tensors under their Hugging Face names, in the type they are stored in; after <see cref="TrainAll"/> in F32.</summary>
    /// <remarks>They are views: the model owns the memory, training changes it, and <see cref="TrainAll"/> and <see cref="Dispose"/> end it.</remarks>
    public MemoryTensorSet ToTensorSet() =>
        new(_weights.All.Select(weight => KeyValuePair.Create(weight.Name, weight.Value)), Norm.Parameter is null ? _document : Trained(_document));

    /// <summary>Releases weights, factors and memory.</summary>
    public void Dispose()
    {
        DetachLora();
        _weights.Dispose();
        _compute.Dispose();
    }

    private Pass Begin(TokenBatch batch, ForwardOptions options, ulong? dropoutSeed, CancellationToken cancellationToken)
    {
        Check(batch, options);
        int[] positions = new int[batch.TokenCount];
        int longest = 0;
        for (int sequence = 0; sequence < batch.SequenceCount; sequence++)
        {
            int place = options.CacheSequences?[sequence] ?? sequence;
            int past = options.Cache?.LengthOf(place) ?? 0;
            if (past == 0)
            {
                options.Cache?.Begin(place);
            }

            for (int i = 0; i < batch.LengthOf(sequence); i++)
            {
                positions[batch.StartOf(sequence) + i] = past + i;
            }

            longest = Math.Max(longest, checked(past + batch.LengthOf(sequence)));
        }

        // Rows are spans: what a layer makes of all tokens has to fit one.
        int widest = Math.Max(Config.IntermediateSize, Math.Max(checked(Config.HiddenSize * (Config.Mixture?.ChosenCount ?? 1)), Config.QuerySize));
        if ((long)batch.TokenCount * widest > int.MaxValue)
        {
            throw new ArgumentException($"A batch of {batch.TokenCount} tokens is too large for a width of {widest}: cut it into several of at most {int.MaxValue / widest} tokens.", nameof(batch));
        }

        foreach (RotaryTable rotary in _rotaries)
        {
            rotary.Reserve(longest);
        }

        return new Pass(_compute, batch, positions, options.Cache, options.CacheSequences, Routing: null, FeedForwardInputs: null, dropoutSeed, cancellationToken);
    }

    private void Check(TokenBatch batch, ForwardOptions options)
    {
        foreach (int token in batch.Tokens)
        {
            if ((uint)token >= (uint)Config.VocabularySize)
            {
                throw new ArgumentException($"Token {token} is none of the model's {Config.VocabularySize}.", nameof(batch));
            }
        }

        if (options.LogitRows?.FirstOrDefault(row => (uint)row >= (uint)batch.TokenCount, -1) is { } stranger and >= 0 || options.LogitRows?.Any(row => row < 0) == true)
        {
            throw new ArgumentException($"Logits are asked for of a token that is none of the batch's {batch.TokenCount}.", nameof(options));
        }

        if (options.Cache is { } cache)
        {
            IEnumerable<int> sequences = options.CacheSequences ?? [.. Enumerable.Range(0, batch.SequenceCount)];
            bool fits = ReferenceEquals(cache.Owner, this) && sequences.Count() == batch.SequenceCount
                && sequences.Distinct().Count() == batch.SequenceCount && sequences.All(sequence => (uint)sequence < (uint)cache.SequenceCount);
            if (!fits)
            {
                throw new ArgumentException(
                    $"The cache is another model's, or its {cache.SequenceCount} sequences are not those that the {batch.SequenceCount} of the batch go on with, each once.", nameof(options));
            }
        }

        CheckRouting(batch, options);
    }

    private Rows Embed(TokenBatch batch)
    {
        Rows stream = _compute.Rent(batch.TokenCount, Config.HiddenSize);
        Matrix table = Matrix.Of(Embedding.Value);
        for (int row = 0; row < batch.TokenCount; row++)
        {
            table.CopyRow(batch.Tokens[row], stream.Row(row));
        }

        return stream;
    }

    private void Normalize(Rows input, Rows output) => _compute.ForRows(
        input.Count, input.Columns, (first, end) => RowPasses.Normalize(input, Norm.Singles, output, Config.NormEpsilon, first, end));

    private HostTensor Logits(Rows states, IReadOnlyList<int>? rows, CancellationToken cancellationToken)
    {
        int count = rows?.Count ?? states.Count;
        HostTensor logits = new(DataType.F32, new TensorShape(count, Config.VocabularySize));
        Rows? chosen = null;
        if (rows is not null)
        {
            chosen = _compute.Rent(count, Config.HiddenSize);
            for (int i = 0; i < count; i++)
            {
                states.Row(rows[i]).CopyTo(chosen.Row(i));
            }
        }

        if (count > 0)
        {
            _compute.Device.MatMul((chosen ?? states).Matrix, Matrix.Of(Head.Value).Transposed, Matrix.Of(logits), cancellationToken: cancellationToken);
        }

        _compute.Return(chosen);
        return logits;
    }

    /// <summary>Returns the states behind the final norm.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="kept">Receives the states before every layer, behind the last, and behind the norm; null where none are wanted.</param>
    private Rows States(Pass pass, List<HostTensor>? kept)
    {
        Rows stream = Embed(pass.Batch);
        foreach (IDecoderLayer layer in _layers)
        {
            pass.CancellationToken.ThrowIfCancellationRequested();
            kept?.Add(stream.ToTensor());
            layer.Forward(pass, stream);
        }

        kept?.Add(stream.ToTensor());
        Normalize(stream, stream);
        kept?.Add(stream.ToTensor());
        return stream;
    }

    /// <summary>Returns the configuration of a model whose weights have become F32.</summary>
    private static ModelConfig Trained(ModelConfig config)
    {
        JsonObject document = config.ToDocument();
        document[document.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = "float32";
        return new ModelConfig(document);
    }
}
