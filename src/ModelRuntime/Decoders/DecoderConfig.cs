using ModelRuntime.Decoders.Mixtures;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Decoders;

/// <summary>The shape of a Llama-family decoder.</summary>
public sealed record DecoderConfig
{
    /// <summary>Gets the kind of decoder.</summary>
    /// <value>Llama by default.</value>
    public DecoderArchitecture Architecture { get; init; }

    /// <summary>Gets the number of tokens (<c>vocab_size</c>).</summary>
    public required int VocabularySize { get; init => field = Positive(value); }

    /// <summary>Gets the width of the residual stream (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init => field = Positive(value); }

    /// <summary>Gets the width of the feed-forward blocks (<c>intermediate_size</c>).</summary>
    public required int IntermediateSize { get; init => field = Positive(value); }

    /// <summary>Gets the number of layers (<c>num_hidden_layers</c>).</summary>
    public required int LayerCount { get; init => field = Positive(value); }

    /// <summary>Gets the number of heads of queries (<c>num_attention_heads</c>).</summary>
    public required int HeadCount { get; init => field = Positive(value); }

    /// <summary>Gets the number of heads of keys and values (<c>num_key_value_heads</c>), which divides <see cref="HeadCount"/>.</summary>
    public required int KeyValueHeadCount { get; init => field = Positive(value); }

    /// <summary>Gets the width of a head (<c>head_dim</c>), an even number.</summary>
    public required int HeadSize { get; init => field = Positive(value); }

    /// <summary>Gets what is added to the mean square of a norm (<c>rms_norm_eps</c>).</summary>
    /// <value>1e-6 by default.</value>
    public double NormEpsilon { get; init => field = value is >= 0 and < 1 ? value : throw Outside(value, "at least 0 and below 1"); } = 1e-6;

    /// <summary>Gets the base of the rotary embedding (<c>rope_theta</c>).</summary>
    /// <value>10,000 by default.</value>
    public double RotaryBase { get; init => field = value > 0 && double.IsFinite(value) ? value : throw Outside(value, "above 0 and finite"); } = 10_000;

    /// <summary>Gets the scaling of the rotary embedding (<c>rope_scaling</c>).</summary>
    /// <value>Null by default: none.</value>
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>Gets how many tokens a query sees in layers with a window (<c>sliding_window</c>), itself included.</summary>
    /// <value>Null by default: all before it.</value>
    public int? SlidingWindow { get; init => field = value is { } window ? Positive(window) : null; }

    /// <summary>Gets the first layer that has the window (<c>max_window_layers</c> of Qwen).</summary>
    /// <value>0 by default: all layers have it, where there is one.</value>
    public int FirstWindowLayer { get; init; }

    /// <summary>Gets whether the projections of queries, keys and values have biases.</summary>
    public bool HasAttentionBias { get; init; }

    /// <summary>Gets whether the projection behind attention has a bias.</summary>
    public bool HasOutputBias { get; init; }

    /// <summary>Gets whether the projections of the feed-forward blocks have biases (<c>mlp_bias</c>).</summary>
    public bool HasFeedForwardBias { get; init; }

    /// <summary>Gets whether queries and keys are normalized head by head, before they are rotated.</summary>
    public bool HasHeadNorms { get; init; }

    /// <summary>Gets whether the embeddings are the weights of the last projection as well (<c>tie_word_embeddings</c>).</summary>
    public bool TiesEmbeddings { get; init; }

    /// <summary>Gets the longest sequence that the model was made for (<c>max_position_embeddings</c>). The engine goes on beyond it.</summary>
    /// <value>2,048 by default.</value>
    public int ContextLength { get; init => field = Positive(value); } = 2048;

    /// <summary>Gets the token that begins a sequence (<c>bos_token_id</c>), or null.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Gets the tokens that end a sequence (<c>eos_token_id</c>).</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Gets the token for padding (<c>pad_token_id</c>), or null.</summary>
    public int? PadToken { get; init; }

    /// <summary>Gets the standard deviation of fresh weights (<c>initializer_range</c>).</summary>
    /// <value>0.02 by default.</value>
    public double InitializerRange { get; init => field = value >= 0 && double.IsFinite(value) ? value : throw Outside(value, "not negative and finite"); } = 0.02;

    /// <summary>Gets the shape of the mixture of experts that the layers are.</summary>
    /// <value>Null by default: the model is dense.</value>
    public MixtureConfig? Mixture { get; init; }

    /// <summary>Gets the width of all heads of queries together.</summary>
    public int QuerySize => HeadCount * HeadSize;

    /// <summary>Gets the width of all heads of keys, or of values, together.</summary>
    public int KeyValueSize => KeyValueHeadCount * HeadSize;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <remarks>A mixture of whole layers without <c>mixture_level</c> is taken as one at block level: only its tensors would tell it from one at model level.</remarks>
    /// <param name="config">The configuration.</param>
    /// <param name="file">Its path, for errors.</param>
    /// <exception cref="RuntimeException">The model is of another kind or uses what the engine does not have, named in the message, or a value is missing or impossible.</exception>
    public static DecoderConfig Read(ModelConfig config, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new DecoderConfigReader(config, file).Read();
    }

    /// <summary>Reads a <c>config.json</c>, and what it leaves open from the tensors that there are.</summary>
    internal static DecoderConfig Read(ModelConfig config, string? file, Func<string, bool> hasTensor) => new DecoderConfigReader(config, file, hasTensor).Read();

    /// <summary>Returns the configuration as a <c>config.json</c>.</summary>
    /// <param name="dataType">The value of <c>torch_dtype</c>, such as <c>bfloat16</c>.</param>
    public ModelConfig ToModelConfig(string dataType = "float32") => DecoderConfigWriter.Write(this, dataType);

    /// <summary>Returns how many tokens a query of a layer sees, or null for all before it.</summary>
    internal int? WindowOf(int layer) => layer >= FirstWindowLayer ? SlidingWindow : null;

    private static ArgumentOutOfRangeException Outside(double value, string allowed) => new(nameof(value), value, $"The value is {allowed}.");

    private static int Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        return value;
    }
}
