using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Decoders;

/// <summary>Reads a <c>config.json</c>; what the engine does not have is refused by the name of its key.</summary>
internal sealed class DecoderConfigReader(ModelConfig config, string? file)
{
    // Sizes beyond these are damage, not models: products of any two still fit 63 bits.
    private const int LargestSize = 1 << 24;
    private const int LargestLayerCount = 4096;

    // What transformers takes where a key is absent.
    private const int DefaultContextLength = 2048;
    private const int DefaultWindow = 4096;
    private const int DefaultFirstWindowLayer = 28;

    private readonly JsonObject _document = config.ToDocument();

    public DecoderConfig Read()
    {
        DecoderArchitecture architecture = Architecture();
        RefuseWhatIsMissing();
        int hiddenSize = Size("hidden_size");
        int heads = Size("num_attention_heads");
        int keyValueHeads = Number("num_key_value_heads") is null ? heads : Size("num_key_value_heads");
        int headSize = Number("head_dim") is null ? HeadSize(hiddenSize, heads) : Size("head_dim");
        if (heads % keyValueHeads != 0)
        {
            throw Invalid($"num_attention_heads is {heads}, which num_key_value_heads, {keyValueHeads}, does not divide");
        }

        if (headSize % 2 != 0 || (long)heads * headSize > LargestSize)
        {
            throw Invalid($"the width of a head is {headSize}: a rotary embedding needs an even one, and all {heads} together are at most {LargestSize}");
        }

        (double rotaryBase, RotaryScaling? scaling) = new RotaryReader(_document, file).Read();
        (int? window, int firstWindowLayer) = Window(architecture);
        bool attentionBias = architecture is (DecoderArchitecture.Llama or DecoderArchitecture.Qwen3) && Flag("attention_bias");
        return new DecoderConfig
        {
            Architecture = architecture,
            VocabularySize = Size("vocab_size"),
            HiddenSize = hiddenSize,
            IntermediateSize = Size("intermediate_size"),
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
            HasFeedForwardBias = architecture == DecoderArchitecture.Llama && Flag("mlp_bias"),
            HasHeadNorms = architecture == DecoderArchitecture.Qwen3,
            TiesEmbeddings = Flag("tie_word_embeddings"),
            ContextLength = Number("max_position_embeddings") is null ? DefaultContextLength : Size("max_position_embeddings"),
            BeginToken = Token("bos_token_id"),
            EndTokens = Tokens("eos_token_id"),
            PadToken = Token("pad_token_id"),
            InitializerRange = Deviation(),
        };
    }

    private DecoderArchitecture Architecture() => Text("model_type") switch
    {
        "llama" => DecoderArchitecture.Llama,
        "mistral" => DecoderArchitecture.Mistral,
        "qwen2" => DecoderArchitecture.Qwen2,
        "qwen3" => DecoderArchitecture.Qwen3,
        null => throw Invalid("it has no model_type"),
        { } other => throw Unsupported($"model_type is '{other}': the engine has llama, mistral, qwen2 and qwen3"),
    };

    private void RefuseWhatIsMissing()
    {
        if (Text("hidden_act") is { } activation && activation is not ("silu" or "swish"))
        {
            throw Unsupported($"hidden_act is '{activation}': the engine has silu");
        }

        foreach (string key in (string[])["quantization_config", "num_local_experts", "num_experts", "layer_norm_type"])
        {
            if (_document[key] is not null)
            {
                throw Unsupported($"it has '{key}', which the engine does not know");
            }
        }

        if (Number("partial_rotary_factor") is { } part and not 1)
        {
            throw Unsupported($"partial_rotary_factor is {part}: the engine rotates whole heads");
        }
    }

    private (int? Window, int FirstLayer) Window(DecoderArchitecture architecture)
    {
        bool isOptional = architecture is DecoderArchitecture.Qwen2 or DecoderArchitecture.Qwen3;
        bool isAbsent = !_document.ContainsKey("sliding_window");
        if (architecture == DecoderArchitecture.Llama || (isOptional && !Flag("use_sliding_window")) || (!isAbsent && Number("sliding_window") is null))
        {
            return (null, 0);
        }

        int first = isOptional ? (int)Math.Clamp(Number("max_window_layers") ?? DefaultFirstWindowLayer, 0, LargestLayerCount) : 0;
        return (isAbsent ? DefaultWindow : Size("sliding_window"), LayersWithWindow() ?? first);
    }

    /// <summary>Returns the first layer with a window that <c>layer_types</c> names; only layouts whose layers with a window come last are known.</summary>
    private int? LayersWithWindow()
    {
        if (_document["layer_types"] is not JsonArray types)
        {
            return null;
        }

        string?[] names = [.. types.Select(type => type is JsonValue value && value.TryGetValue(out string? name) ? name : null)];
        if (names.Length != LayerCount())
        {
            throw Invalid($"layer_types has {names.Length} entries for {LayerCount()} layers");
        }

        int first = Array.IndexOf(names, "sliding_attention");
        first = first < 0 ? names.Length : first;
        bool isKnown = names.Take(first).All(name => name is "full_attention") && names.Skip(first).All(name => name is "sliding_attention");
        return isKnown ? first : throw Unsupported("layer_types mixes windows with full attention: the engine has windows from one layer on");
    }

    private int LayerCount()
    {
        int layers = Size("num_hidden_layers");
        return layers <= LargestLayerCount ? layers : throw Invalid($"num_hidden_layers is {layers}, at most {LargestLayerCount} are read");
    }

    private double Epsilon()
    {
        double epsilon = Number("rms_norm_eps") ?? 1e-6;
        return epsilon is >= 0 and < 1 ? epsilon : throw Invalid($"rms_norm_eps is {epsilon}, outside [0, 1)");
    }

    private double Deviation()
    {
        double deviation = Number("initializer_range") ?? 0.02;
        return deviation >= 0 && double.IsFinite(deviation) ? deviation : throw Invalid($"initializer_range is {deviation}: a deviation is not negative");
    }

    private int HeadSize(int hiddenSize, int heads) => hiddenSize % heads == 0
        ? hiddenSize / heads
        : throw Invalid($"hidden_size {hiddenSize} is no multiple of num_attention_heads {heads}, and there is no head_dim");

    private int Size(string key)
    {
        double number = Number(key) ?? throw Invalid($"it has no '{key}'");
        return number is >= 1 and <= LargestSize && double.IsInteger(number) ? (int)number : throw Invalid($"'{key}' is {number}: a whole number from 1 to {LargestSize} is meant");
    }

    private int? Token(string key) => Tokens(key) is [int first, ..] ? first : null;

    private List<int> Tokens(string key)
    {
        List<JsonNode?> nodes = _document[key] is JsonArray array ? [.. array] : [_document[key]];
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
                throw Invalid($"'{key}' is {node.ToJsonString()}: a token or a list of tokens is meant");
            }

            // Old conversions say -1 for none.
            if (token >= 0)
            {
                tokens.Add((int)token);
            }
        }

        return tokens;
    }

    private string? Text(string key) => _document[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: a text is meant"),
    };

    private bool Flag(string key) => _document[key] switch
    {
        null => false,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: true or false is meant"),
    };

    private double? Number(string key) => _document[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: a number is meant"),
    };

    private RuntimeException Invalid(string what) => new(RuntimeError.ConfigInvalid, $"The configuration{At()} cannot be right: {what}.", file);

    private RuntimeException Unsupported(string what) => new(RuntimeError.Unsupported, $"The engine cannot run the model of the configuration{At()}: {what}.", file);

    private string At() => file is null ? string.Empty : $" '{file}'";
}
