using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelRuntime.Decoders.Mixtures;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Decoders;

/// <summary>Reads a <c>config.json</c>; what the engine does not have is refused by the name of its key.</summary>
/// <param name="config">The configuration.</param>
/// <param name="file">Its path, for errors.</param>
/// <param name="hasTensor">Whether the model has a tensor: what a configuration leaves open shows in its tensors. Null where they are not known.</param>
internal sealed class DecoderConfigReader(ModelConfig config, string? file, Func<string, bool>? hasTensor = null)
{
    private const int LargestLayerCount = 4096;

    // What transformers takes where a key is absent.
    private const int DefaultContextLength = 2048;
    private const int DefaultWindow = 4096;
    private const int DefaultFirstWindowLayer = 28;

    // What the configuration of Mixtral takes where a key is absent.
    private const int DefaultMixtureContextLength = 131_072;
    private const int DefaultMixtureKeyValueHeads = 8;

    private readonly ConfigValues _values = new(config.ToDocument(), file);

    private bool IsMixture => MixtureConfigReader.IsMixture(_values);

    public DecoderConfig Read()
    {
        DecoderArchitecture architecture = Architecture();
        RefuseWhatIsMissing();
        int hiddenSize = _values.Size("hidden_size");
        int heads = _values.Size("num_attention_heads");
        int keyValueHeads = KeyValueHeads(heads);
        int headSize = _values.Number("head_dim") is null ? HeadSize(hiddenSize, heads) : _values.Size("head_dim");
        if (heads % keyValueHeads != 0)
        {
            throw _values.Invalid($"num_attention_heads is {heads}, which num_key_value_heads, {keyValueHeads}, does not divide");
        }

        if (headSize % 2 != 0 || (long)heads * headSize > ConfigValues.LargestSize)
        {
            throw _values.Invalid($"the width of a head is {headSize}: a rotary embedding needs an even one, and all {heads} together are at most {ConfigValues.LargestSize}");
        }

        (double rotaryBase, RotaryScaling? scaling) = Rotary();
        (int? window, int firstWindowLayer) = Window(architecture);
        bool attentionBias = architecture is (DecoderArchitecture.Llama or DecoderArchitecture.Qwen3) && _values.Flag("attention_bias");
        DecoderConfig dense = new()
        {
            Architecture = architecture,
            VocabularySize = _values.Size("vocab_size"),
            HiddenSize = hiddenSize,
            IntermediateSize = _values.Size("intermediate_size"),
            LayerCount = LayerCount(),
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            NormEpsilon = Epsilon(),
            RotaryBase = rotaryBase,
            RotaryScaling = scaling,
            SlidingWindow = window,
            FirstWindowLayer = firstWindowLayer,
            HasAttentionBias = attentionBias || architecture == DecoderArchitecture.Qwen2,
            HasOutputBias = attentionBias,
            HasFeedForwardBias = architecture == DecoderArchitecture.Llama && _values.Flag("mlp_bias"),
            HasHeadNorms = architecture == DecoderArchitecture.Qwen3,
            TiesEmbeddings = _values.Flag("tie_word_embeddings"),
            ContextLength = _values.Number("max_position_embeddings") is null ? (IsMixture ? DefaultMixtureContextLength : DefaultContextLength) : _values.Size("max_position_embeddings"),
            BeginToken = Token("bos_token_id"),
            EndTokens = Tokens("eos_token_id"),
            PadToken = Token("pad_token_id"),
            InitializerRange = Deviation(),
        };
        return IsMixture ? dense with { Mixture = new MixtureConfigReader(_values, dense, hasTensor).Read() } : dense;
    }

    /// <summary>Reads what one expert may have of its own.</summary>
    public ExpertSettings ReadSettings(DecoderConfig shared)
    {
        (double rotaryBase, RotaryScaling? scaling) = Rotary();
        return new ExpertSettings
        {
            RotaryBase = rotaryBase,
            RotaryScaling = scaling,
            NormEpsilon = Epsilon(),
            SlidingWindow = shared.SlidingWindow,
        };
    }

    private (double Base, RotaryScaling? Scaling) Rotary() => new RotaryReader(_values.Document, file, IsMixture ? MixtureConfigReader.DefaultRotaryBase : RotaryReader.DefaultBase).Read();

    // Of a mixture, what its layers are; Mixtral's are Mistral's.
    private DecoderArchitecture Architecture() => (IsMixture ? _values.Text("dense_model_type") ?? "mistral" : _values.Text("model_type")) switch
    {
        "llama" => DecoderArchitecture.Llama,
        "mistral" => DecoderArchitecture.Mistral,
        "qwen2" => DecoderArchitecture.Qwen2,
        "qwen3" => DecoderArchitecture.Qwen3,
        null => throw _values.Invalid("it has no model_type"),
        { } other => throw _values.Unsupported($"{(IsMixture ? "dense_model_type" : "model_type")} is '{other}': the engine has llama, mistral, qwen2 and qwen3, and mixtures of them (mixtral, mixtral_hybrid and mixtral_block_level)"),
    };

    private void RefuseWhatIsMissing()
    {
        if (_values.Text("hidden_act") is { } activation && activation is not ("silu" or "swish"))
        {
            throw _values.Unsupported($"hidden_act is '{activation}': the engine has silu");
        }

        foreach (string key in (string[])["quantization_config", "num_local_experts", "num_experts", "layer_norm_type"])
        {
            if (_values.Document[key] is not null && !(IsMixture && key is "num_local_experts"))
            {
                throw _values.Unsupported($"it has '{key}', which the engine does not know");
            }
        }

        if (_values.Number("partial_rotary_factor") is { } part and not 1)
        {
            throw _values.Unsupported($"partial_rotary_factor is {part}: the engine rotates whole heads");
        }
    }

    private (int? Window, int FirstLayer) Window(DecoderArchitecture architecture)
    {
        bool isOptional = architecture is DecoderArchitecture.Qwen2 or DecoderArchitecture.Qwen3;
        bool isAbsent = !_values.Has("sliding_window");
        if (architecture == DecoderArchitecture.Llama || (isOptional && !_values.Flag("use_sliding_window")) || (!isAbsent && _values.Number("sliding_window") is null))
        {
            return (null, 0);
        }

        int first = isOptional ? (int)Math.Clamp(_values.Number("max_window_layers") ?? DefaultFirstWindowLayer, 0, LargestLayerCount) : 0;
        if (isAbsent && IsMixture && !isOptional)
        {
            return (null, 0);
        }

        return (isAbsent ? DefaultWindow : _values.Size("sliding_window"), LayersWithWindow() ?? first);
    }

    /// <summary>Returns the first layer with a window that <c>layer_types</c> names; only layouts whose layers with a window come last are known.</summary>
    private int? LayersWithWindow()
    {
        if (_values.Document["layer_types"] is not JsonArray types)
        {
            return null;
        }

        string?[] names = [.. types.Select(type => type is JsonValue value && value.TryGetValue(out string? name) ? name : null)];
        if (names.Length != LayerCount())
        {
            throw _values.Invalid($"layer_types has {names.Length} entries for {LayerCount()} layers");
        }

        int first = Array.IndexOf(names, "sliding_attention");
        first = first < 0 ? names.Length : first;
        bool isKnown = names.Take(first).All(name => name is "full_attention") && names.Skip(first).All(name => name is "sliding_attention");
        return isKnown ? first : throw _values.Unsupported("layer_types mixes windows with full attention: the engine has windows from one layer on");
    }

    private int LayerCount()
    {
        int layers = _values.Size("num_hidden_layers");
        return layers <= LargestLayerCount ? layers : throw _values.Invalid($"num_hidden_layers is {layers}, at most {LargestLayerCount} are read");
    }

    private int KeyValueHeads(int heads)
    {
        if (_values.Number("num_key_value_heads") is not null)
        {
            return _values.Size("num_key_value_heads");
        }

        return IsMixture && !_values.Has("num_key_value_heads") ? DefaultMixtureKeyValueHeads : heads;
    }

    private double Epsilon()
    {
        double epsilon = _values.Number("rms_norm_eps") ?? (IsMixture ? 1e-5 : 1e-6);
        return epsilon is >= 0 and < 1 ? epsilon : throw _values.Invalid($"rms_norm_eps is {epsilon}, outside [0, 1)");
    }

    private double Deviation()
    {
        double deviation = _values.Number("initializer_range") ?? 0.02;
        return deviation >= 0 && double.IsFinite(deviation) ? deviation : throw _values.Invalid($"initializer_range is {deviation}: a deviation is not negative");
    }

    private int HeadSize(int hiddenSize, int heads) => hiddenSize % heads == 0
        ? hiddenSize / heads
        : throw _values.Invalid($"hidden_size {hiddenSize} is no multiple of num_attention_heads {heads}, and there is no head_dim");

    private int? Token(string key) => Tokens(key) is [int first, ..] ? first : null;

    private List<int> Tokens(string key)
    {
        List<JsonNode?> nodes = _values.Document[key] is JsonArray array ? [.. array] : [_values.Document[key]];
        List<int> tokens = [];
        foreach (JsonNode? node in nodes)
        {
            if (node is null)
            {
                continue;
            }

            double token = node is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : double.NaN;
            if (!double.IsInteger(token) || token > int.MaxValue)
            {
                throw _values.Invalid($"'{key}' is {node.ToJsonString()}: a token or a list of tokens is meant");
            }

            // Old conversions say -1 for none.
            if (token >= 0)
            {
                tokens.Add((int)token);
            }
        }

        return tokens;
    }
}
