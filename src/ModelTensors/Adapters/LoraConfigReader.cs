using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ModelTensors.Adapters;

/// <summary>Reads the keys of an <c>adapter_config.json</c> and collects everything that is wrong with them.</summary>
internal sealed class LoraConfigReader(JsonObject document, string file)
{
    // More than any layer is wide: a rank above is a mistake, and would only make the arithmetic below overflow.
    private const int MaxRank = 1 << 20;

    // Keys that say how the adapter was trained or where it belongs, not what its tensors mean. Those that are read otherwise are here too.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "peft_type", "task_type", "base_model_name_or_path", "revision", "inference_mode", "r", "lora_alpha", "use_rslora", "rank_pattern",
        "alpha_pattern", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "lora_dropout", "fan_in_fan_out", "bias",
        "lora_bias", "modules_to_save", "init_lora_weights", "auto_mapping", "peft_version", "megatron_core", "qalora_group_size", "eva_config",
    };

    // Initialisations that leave the model's weights as they are.
    private static readonly string[] PlainInitializations = ["gaussian", "eva", "orthogonal"];

    private readonly List<AdapterProblem> _problems = [];

    public void CheckKeys()
    {
        if (Text("peft_type") is not "LORA")
        {
            Unsupported("peft_type", "only LORA is read");
        }

        foreach ((string key, JsonNode? value) in document)
        {
            if (!Known.Contains(key) && !IsInert(value))
            {
                Unsupported(key, "the tensors would not be plain updates W + s·B·A, or may not be: this key is not supported");
            }
        }

        JsonNode? initialization = document["init_lora_weights"];
        bool isPlain = initialization is null || initialization.GetValueKind() is JsonValueKind.True or JsonValueKind.False
            || (initialization.GetValueKind() is JsonValueKind.String && PlainInitializations.Contains(initialization.GetValue<string>(), StringComparer.Ordinal));
        if (!isPlain)
        {
            Unsupported(
                "init_lora_weights",
                "such an initialisation changes the model's own weights, so the factors are no update of them; convert the adapter to a plain LoRA when it is saved");
        }
    }

    public string Bias()
    {
        string? bias = Text("bias");
        if (bias is not (null or "none" or "all" or "lora_only"))
        {
            Invalid("bias", "none, all or lora_only");
        }

        return bias ?? "none";
    }

    public double Number(string key, double otherwise, bool isRank)
    {
        JsonNode? node = document[key];
        return node is null ? otherwise : Number(key, node, isRank);
    }

    public bool Flag(string key)
    {
        JsonNode? node = document[key];
        if (node is not null && node.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False))
        {
            Invalid(key, "true or false");
            return false;
        }

        return node?.GetValue<bool>() ?? false;
    }

    public string? Text(string key)
    {
        JsonNode? node = document[key];
        if (node is not null && node.GetValueKind() is not JsonValueKind.String)
        {
            Invalid(key, "a text");
            return null;
        }

        return node?.GetValue<string>();
    }

    /// <summary>Reads a list of texts, or one text.</summary>
    public IReadOnlyList<string> Names(string key)
    {
        JsonNode? node = document[key];
        if (node is null)
        {
            return [];
        }

        JsonNode?[] items = node is JsonArray array ? [.. array] : [node];
        if (Array.Exists(items, item => item is null || item.GetValueKind() is not JsonValueKind.String))
        {
            Invalid(key, "a list of texts");
            return [];
        }

        return [.. items.Select(item => item!.GetValue<string>())];
    }

    /// <summary>Reads a map of patterns, in the order of the document: the first that matches decides.</summary>
    public List<(Regex Pattern, double Value)> Patterns(string key, bool isRank)
    {
        List<(Regex, double)> patterns = [];
        if (document[key] is not { } node)
        {
            return patterns;
        }

        if (node is not JsonObject map)
        {
            Invalid(key, "a map of patterns and numbers");
            return patterns;
        }

        foreach ((string pattern, JsonNode? value) in map)
        {
            try
            {
                // The pattern comes from the file: without backtracking it cannot take forever.
                Regex regex = new($@"^(?:.*\.)?(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Regex.InfiniteMatchTimeout);
                patterns.Add((regex, Number($"{key}['{pattern}']", value, isRank)));
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                Add(AdapterError.ConfigInvalid, $"'{key}' has the pattern '{pattern}', which is no regular expression that can be matched without backtracking");
            }
        }

        return patterns;
    }

    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
        {
            throw new AdapterException(_problems, file);
        }
    }

    private double Number(string key, JsonNode? node, bool isRank)
    {
        bool isNumber = node is JsonValue && node.GetValueKind() is JsonValueKind.Number;
        double value = isNumber ? double.Parse(node!.ToJsonString(), CultureInfo.InvariantCulture) : double.NaN;
        if (isRank && !(value >= 1 && value <= MaxRank && double.IsInteger(value)))
        {
            Invalid(key, $"a whole number from 1 to {MaxRank}", node);
            return 1;
        }

        if (!double.IsFinite((float)value))
        {
            Invalid(key, "a finite number", node);
            return 1;
        }

        return value;
    }

    private static bool IsInert(JsonNode? value) => value switch
    {
        null => true,
        JsonArray array => array.Count == 0,
        JsonObject map => map.All(item => IsInert(item.Value)),
        _ => value.GetValueKind() is JsonValueKind.False,
    };

    private void Unsupported(string key, string why) => Add(AdapterError.UnsupportedConfig, $"'{key}' is {Shown(document[key])}: {why}");

    private void Invalid(string key, string allowed, JsonNode? value = null) =>
        Add(AdapterError.ConfigInvalid, $"'{key}' is {Shown(value ?? document[key])}; it is {allowed}");

    private void Add(AdapterError error, string what) => _problems.Add(new AdapterProblem(error, $"In '{file}', {what}."));

    private static string Shown(JsonNode? node)
    {
        string text = node?.ToJsonString() ?? "missing";
        return text.Length > 60 ? $"{text.AsSpan(0, 60)}…" : text;
    }
}
