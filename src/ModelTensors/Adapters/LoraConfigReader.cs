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
        "lora_bias", "use_dora", "modules_to_save", "init_lora_weights", "auto_mapping", "peft_version", "megatron_core", "qalora_group_size", "eva_config",
    };

    // What AdaLoRA adds: how ranks were shared out while training. Its ranks are read otherwise.
    private static readonly HashSet<string> KnownOfAdaptive = new(StringComparer.Ordinal)
    {
        "target_r", "init_r", "tinit", "tfinal", "deltaT", "beta1", "beta2", "orth_reg_weight", "total_step",
    };

    // Keys that are often met, with what can be done about them.
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["target_parameters"] = "updates of expert parameters, which lie interleaved, are not supported; merge the adapter into its model with PEFT",
        ["trainable_token_indices"] = "trained tokens are not supported; train the embedding with 'modules_to_save' instead",
        ["layer_replication"] = "the modules are of a model with repeated layers; repeat the layers of the model first, and apply the adapter to the result",
        ["alora_invocation_tokens"] = "the update depends on the text, so that no weights stand for it",
        ["kasa_config"] = "the initialisation changes the model's own weights, and the factors have a third between them",
    };

    // Initialisations that change the model's weights by the product of the first factors, which can be taken back.
    private static readonly string[] ConvertibleInitializations = ["pissa", "olora", "corda", "lora_ga"];

    // Initialisations that leave the model's weights as they are.
    private static readonly string[] PlainInitializations = ["gaussian", "eva", "orthogonal"];

    private readonly List<AdapterProblem> _problems = [];

    /// <summary>Checks that every key is known, and that the tensors are plain updates.</summary>
    /// <param name="allowsConvertible">Whether initialisations are allowed that change the model by a product: the caller takes that back.</param>
    /// <returns>Whether the adapter is an AdaLoRA.</returns>
    public bool CheckKeys(bool allowsConvertible)
    {
        string? type = Text("peft_type");
        bool isAdaptive = type is "ADALORA";
        if (type is not "LORA" && !isAdaptive)
        {
            Unsupported("peft_type", "only LORA and ADALORA are read");
        }

        foreach ((string key, JsonNode? value) in document)
        {
            if (!Known.Contains(key) && !(isAdaptive && KnownOfAdaptive.Contains(key)) && !IsInert(value))
            {
                Unsupported(key, Reasons.GetValueOrDefault(key) ?? "the tensors would not be plain updates W + s·B·A, or may not be: this key is not supported");
            }
        }

        if (isAdaptive && Flag("use_dora"))
        {
            Unsupported("use_dora", "AdaLoRA has no magnitudes");
        }

        CheckInitialization(allowsConvertible);
        return isAdaptive;
    }

    private void CheckInitialization(bool allowsConvertible)
    {

        JsonNode? initialization = document["init_lora_weights"];
        bool isPlain = initialization is null || initialization.GetValueKind() is JsonValueKind.True or JsonValueKind.False
            || (initialization.GetValueKind() is JsonValueKind.String && PlainInitializations.Contains(initialization.GetValue<string>(), StringComparer.Ordinal));
        if (isPlain)
        {
            return;
        }

        string name = initialization!.GetValueKind() is JsonValueKind.String ? initialization.GetValue<string>() : string.Empty;
        bool isConvertible = ConvertibleInitializations.Contains(name, StringComparer.Ordinal) || name.StartsWith("pissa_niter_", StringComparison.Ordinal);
        if (!isConvertible)
        {
            Unsupported("init_lora_weights", "such an initialisation changes the model's own weights, or may do so; the adapter belongs to the changed model only");
        }
        else if (!allowsConvertible)
        {
            Unsupported(
                "init_lora_weights",
                "such an initialisation changes the model's own weights, so the factors are no update of them; "
                + "convert the adapter with the one that was saved before training (LoraAdapter.ConvertToPlain)");
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

    /// <summary>Reads AdaLoRA's map: for each module, which of the first singular values were kept. Its tensors hold those alone.</summary>
    public Dictionary<string, int> KeptRanks()
    {
        Dictionary<string, int> ranks = new(StringComparer.Ordinal);
        if (document["rank_pattern"] is not { } node)
        {
            return ranks;
        }

        if (node is not JsonObject map || map.Any(item => item.Value is not JsonArray kept || kept.Any(one => one?.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False))))
        {
            Invalid("rank_pattern", "a map of names and lists of truth values");
            return ranks;
        }

        foreach ((string name, JsonNode? kept) in map)
        {
            // The key is the name of the singular values; older files keep the adapter's name behind.
            int end = name.LastIndexOf(".lora_E", StringComparison.Ordinal);
            ranks[end < 0 ? name : name[..end]] = kept!.AsArray().Count(one => one!.GetValue<bool>());
        }

        return ranks;
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
