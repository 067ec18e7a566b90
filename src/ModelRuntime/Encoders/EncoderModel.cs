using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelRuntime.Encoders;

/// <summary>An encoder of the BERT family: from tokens to hidden states in which each token knows of all others of its sequence. Safe to use from several threads.</summary>
/// <remarks>
/// Weights stay in the type in which they are stored; products are accumulated in float, norms, softmax and activations computed in double and rounded once. What a
/// sequence gives is the same bits alone and in any batch, for any number of threads.
/// </remarks>
public sealed class EncoderModel : IDisposable
{
    private readonly EncoderWeights _weights;
    private readonly EncoderPass _pass;
    private readonly TensorDevice? _ownDevice;

    private EncoderModel(EncoderConfig config, EncoderWeights weights, RuntimeOptions options)
    {
        Config = config;
        _weights = weights;
        _ownDevice = options.Device is null ? new CpuDevice(new CpuDeviceOptions { Threads = options.Threads }) : null;
        _pass = new EncoderPass(config, weights, options.Device ?? _ownDevice!, options.Threads);
    }

    /// <summary>Gets the shape of the model.</summary>
    public EncoderConfig Config { get; }

    /// <summary>Gets whether the model has a pooler, which <see cref="EncoderPooling.Pooler"/> needs.</summary>
    public bool HasPooler => _weights.Pooler is not null;

    /// <summary>Gets a hash of all weights, which tells the model from others of the same shape.</summary>
    public string Fingerprint => _weights.Fingerprint;

    /// <summary>Loads a model from a Hugging Face folder.</summary>
    /// <param name="folder">A folder with <c>config.json</c> and safetensors.</param>
    /// <param name="options">Where to compute; the defaults when null.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">There is no checkpoint, or its parts contradict each other.</exception>
    /// <exception cref="RuntimeException">The engine cannot run the model, or its tensors are not what its configuration says.</exception>
    public static EncoderModel Load(string folder, RuntimeOptions? options = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return Load(checkpoint, options);
    }

    /// <summary>Loads a model from a set of tensors, whose weights are copied.</summary>
    /// <param name="tensors">The tensors under Hugging Face's names, with or without <c>bert.</c> or <c>roberta.</c> before them, and the configuration. It may be disposed afterwards.</param>
    /// <param name="options">Where to compute; the defaults when null.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="RuntimeException">The engine cannot run the model, or its tensors are not what its configuration says.</exception>
    public static EncoderModel Load(TensorSet tensors, RuntimeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        EncoderConfig config = EncoderConfig.Read(
            tensors.Config ?? throw new RuntimeException(RuntimeError.ConfigInvalid, "The model has no config.json: the engine cannot tell its shape.", tensors.Folder));
        return new EncoderModel(config, new EncoderWeights(tensors, config), options ?? new RuntimeOptions());
    }

    /// <summary>Computes hidden states.</summary>
    /// <param name="batch">The sequences, each with the special tokens the model expects.</param>
    /// <param name="options">What else to take and give; nothing when null.</param>
    /// <param name="cancellationToken">Stops the pass between layers.</param>
    /// <returns>The hidden states; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">A token, a segment or the length of a sequence is beyond what the model has, or there is not one segment for each token.</exception>
    public EncoderOutput Forward(TokenBatch batch, EncoderForwardOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        options ??= new EncoderForwardOptions();
        Check(batch, options.TokenTypes.Span);
        return _pass.Run(batch, options, cancellationToken);
    }

    /// <summary>Makes one vector of the hidden states of each sequence.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="lastHiddenState">What <see cref="Forward"/> gave for it.</param>
    /// <param name="pooling">How.</param>
    /// <returns>F32 of shape [sequences, hidden size]; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The hidden states are not those of the batch.</exception>
    /// <exception cref="InvalidOperationException">The model has no pooler, and <see cref="EncoderPooling.Pooler"/> is asked for.</exception>
    public HostTensor Pool(TokenBatch batch, HostTensor lastHiddenState, EncoderPooling pooling = EncoderPooling.Mean)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(lastHiddenState);
        if (lastHiddenState.DataType != DataType.F32 || lastHiddenState.Shape != new TensorShape(batch.TokenCount, Config.HiddenSize))
        {
            throw new ArgumentException(
                $"The hidden states are F32 of shape [{batch.TokenCount}, {Config.HiddenSize}]: they are {lastHiddenState.DataType.SafetensorsName} of {lastHiddenState.Shape}.", nameof(lastHiddenState));
        }

        return pooling == EncoderPooling.Pooler && !HasPooler
            ? throw new InvalidOperationException("The checkpoint has no 'pooler.dense.weight': use another pooling.")
            : _pass.Pool(batch, lastHiddenState, pooling);
    }

    /// <summary>Releases the weights, and the device unless it was given.</summary>
    public void Dispose()
    {
        _weights.Dispose();
        _ownDevice?.Dispose();
    }

    private void Check(TokenBatch batch, ReadOnlySpan<int> types)
    {
        if (batch.LongestLength > Config.MaxLength)
        {
            throw new ArgumentException($"A sequence has {batch.LongestLength} tokens; the model has positions for {Config.MaxLength}.", nameof(batch));
        }

        int token = batch.Tokens.IndexOfAnyExceptInRange(0, Config.VocabularySize - 1);
        if (token >= 0)
        {
            throw new ArgumentException($"Token {batch.Tokens[token]} is none of the {Config.VocabularySize} that the model has.", nameof(batch));
        }

        if (!types.IsEmpty && (types.Length != batch.TokenCount || types.ContainsAnyExceptInRange(0, Config.TokenTypeCount - 1)))
        {
            throw new ArgumentException($"{types.Length} segments for {batch.TokenCount} tokens: there is one for each, from 0 to {Config.TokenTypeCount - 1}.", nameof(types));
        }
    }
}
