using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Encoders;

/// <summary>The shape of an encoder of the BERT family: what its <c>config.json</c> says.</summary>
public sealed record EncoderConfig
{
    // Larger ones are mistakes; below it products of two fit 64 bits with room to spare.
    private const int Most = 1 << 24;

    private EncoderConfig()
    {
    }

    /// <summary>Gets the kind: <c>bert</c>, <c>roberta</c>, <c>xlm-roberta</c> or <c>camembert</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Gets the number of tokens (<c>vocab_size</c>).</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Gets the width of the hidden states (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Gets the number of layers (<c>num_hidden_layers</c>).</summary>
    public required int LayerCount { get; init; }

    /// <summary>Gets the number of attention heads, a divisor of <see cref="HiddenSize"/> (<c>num_attention_heads</c>).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Gets the width between the products of the feed-forward network (<c>intermediate_size</c>).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Gets the number of rows of the table of positions (<c>max_position_embeddings</c>).</summary>
    public required int PositionCount { get; init; }

    /// <summary>Gets the number of segments (<c>type_vocab_size</c>).</summary>
    public required int TokenTypeCount { get; init; }

    /// <summary>Gets the row of the first token's position: 0 for BERT, one more than <c>pad_token_id</c> for RoBERTa.</summary>
    public required int FirstPosition { get; init; }

    /// <summary>Gets the activation of the feed-forward network (<c>hidden_act</c>).</summary>
    public required EncoderActivation Activation { get; init; }

    /// <summary>Gets what layer norms add to the variance (<c>layer_norm_eps</c>).</summary>
    public required double LayerNormEpsilon { get; init; }

    /// <summary>Gets the greatest number of tokens of a sequence.</summary>
    public int MaxLength => PositionCount - FirstPosition;

    /// <summary>Gets the width of an attention head.</summary>
    public int HeadSize => HiddenSize / HeadCount;

    /// <summary>Reads a configuration.</summary>
    /// <param name="config">The content of a <c>config.json</c>.</param>
    /// <exception cref="RuntimeException">The model is of another kind or uses a feature that the engine lacks (<see cref="RuntimeError.Unsupported"/>), or a value is missing or
    /// contradicts another (<see cref="RuntimeError.ConfigInvalid"/>).</exception>
    public static EncoderConfig Read(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        JsonObject document = config.ToDocument();
        string type = Text(document, "model_type") ?? throw Invalid("'model_type' is missing: the engine cannot tell what the model is.");
        bool isRoberta = type is "roberta" or "xlm-roberta" or "camembert";
        if (!isRoberta && !string.Equals(type, "bert", StringComparison.Ordinal))
        {
            throw Unsupported($"'model_type' is '{type}': encoders are 'bert', 'roberta', 'xlm-roberta' and 'camembert'.");
        }

        if (Text(document, "position_embedding_type") is { } positions && !string.Equals(positions, "absolute", StringComparison.Ordinal))
        {
            throw Unsupported($"'position_embedding_type' is '{positions}': the engine has 'absolute' only.");
        }

        if (Flag(document, "is_decoder") || Flag(document, "add_cross_attention"))
        {
            throw Unsupported("'is_decoder' or 'add_cross_attention' is true: the engine runs encoders, whose tokens see each other.");
        }

        EncoderConfig result = new()
        {
            ModelType = type,
            VocabularySize = Size(config, "vocab_size"),
            HiddenSize = Size(config, "hidden_size"),
            LayerCount = Size(config, "num_hidden_layers"),
            HeadCount = Size(config, "num_attention_heads"),
            IntermediateSize = Size(config, "intermediate_size"),
            PositionCount = Size(config, "max_position_embeddings"),
            TokenTypeCount = Size(config, "type_vocab_size", isRoberta ? 1 : 2),
            FirstPosition = isRoberta ? (config.GetInt32("pad_token_id") ?? 1) + 1 : 0,
            Activation = ReadActivation(Text(document, "hidden_act") ?? "gelu"),
            LayerNormEpsilon = Epsilon(document),
        };
        return result.HiddenSize % result.HeadCount != 0
            ? throw Invalid($"'hidden_size' {result.HiddenSize} is no multiple of 'num_attention_heads' {result.HeadCount}.")
            : result.FirstPosition < 0 || result.MaxLength < 1
            ? throw Invalid($"'max_position_embeddings' {result.PositionCount} leaves no position from row {result.FirstPosition} on.")
            : result;
    }

    private static EncoderActivation ReadActivation(string name) => name switch
    {
        "gelu" => EncoderActivation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" => EncoderActivation.TanhGelu,
        "relu" => EncoderActivation.Relu,
        _ => throw Unsupported($"'hidden_act' is '{name}': the engine has 'gelu', 'gelu_new', 'gelu_pytorch_tanh' and 'relu'."),
    };

    private static int Size(ModelConfig config, string key, int? otherwise = null) =>
        (config.GetInt32(key) ?? otherwise) is not { } value ? throw Invalid($"'{key}' is missing, or not an integer.")
        : value is >= 1 and <= Most ? value
        : throw Invalid($"'{key}' is {value}: it is from 1 to {Most}.");

    private static double Epsilon(JsonObject document)
    {
        double value = document["layer_norm_eps"] is not { } node ? 1e-12 : node is JsonValue number && number.TryGetValue(out double found) ? found : double.NaN;
        return value is >= 0 and <= 1 ? value : throw Invalid("'layer_norm_eps' is not a number from 0 to 1.");
    }

    private static string? Text(JsonObject document, string key) => document[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static bool Flag(JsonObject document, string key) => document[key] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static RuntimeException Unsupported(string message) => new(RuntimeError.Unsupported, message);

    private static RuntimeException Invalid(string message) => new(RuntimeError.ConfigInvalid, message);
}
