using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Zoo;

namespace ModelAggregation.Stacking;

/// <summary>Checks that one configuration can stand for the layers of all models.</summary>
internal static class StackingRules
{
    private const string DefaultWindow = "4096";

    // Beside what keeps models from being merged: what is applied in each layer, or to all tokens, without showing in a shape.
    private static readonly ConfigTrait[] Further =
    [
        new("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"),
        new("sliding_window"),
        new("use_sliding_window"),
        new("partial_rotary_factor", "rotary_pct"),
        new("attention_bias"),
        new("mlp_bias"),
        new("attn_logit_softcapping"),
        new("final_logit_softcapping"),
        new("query_pre_attn_scalar"),
        new("attention_multiplier"),
        new("residual_multiplier"),
        new("embedding_multiplier"),
        new("logits_scaling"),
        new("num_experts_per_tok"),
        new("norm_topk_prob"),
    ];

    // Which layers are of another kind, said by a number of a layer, or by every how many it is one: of a stack neither is true. A number of 0 and a period of 1 say nothing.
    private static readonly string[] Numbers = ["max_window_layers", "first_k_dense_replace", "mlp_only_layers", "num_kv_shared_layers", "num_dense_layers"];
    private static readonly string[] Periods =
    [
        "sliding_window_pattern", "full_attention_interval", "global_attn_every_n_layers", "no_rope_layer_interval", "moe_layer_freq", "moe_layer_interval",
        "decoder_sparse_step", "interleave_moe_layer_step", "attn_layer_period", "expert_layer_period",
    ];

    // What has nothing to do with how layers compute.
    private static readonly string[] Remarks = ["_name_or_path", "transformers_version", "torch_dtype", "dtype", "vocab_size", "use_cache", "architectures", "rope_parameters", "quantization_config", .. Numbers, .. Periods, .. StackingConfig.CountKeys, .. StackingConfig.ListKeys];

    /// <summary>Compares the configurations with the first model's.</summary>
    /// <param name="models">The models, each once.</param>
    /// <param name="problems">Receives what cannot be stacked.</param>
    /// <param name="warnings">Receives other differences.</param>
    public static void Check(IReadOnlyList<StackedModel> models, List<StackingProblem> problems, List<string> warnings)
    {
        JsonObject? first = models[0].Tensors.Config?.ToDocument();
        CheckPattern(models[0], first, problems);
        foreach (StackedModel model in models.Skip(1))
        {
            JsonObject? other = model.Tensors.Config?.ToDocument();
            CheckPattern(model, other, problems);
            foreach (((string name, string? kept), (_, string? found)) in Traits(first).Zip(Traits(other)).Where(pair => !string.Equals(pair.First.Value, pair.Second.Value, StringComparison.Ordinal)))
            {
                problems.Add(new StackingProblem(
                    StackingProblemKind.Configuration,
                    $"'{name}' is {kept ?? "absent"} in '{models[0].Reference}' and {found ?? "absent"} in '{model.Reference}'; one configuration holds for all layers of a stack.",
                    model.Reference));
            }

            HashSet<string> compared = new(ConfigTrait.Blocking.Concat(Further).SelectMany(trait => trait.OtherKeys.Prepend(trait.Name)).Concat(Remarks), StringComparer.Ordinal);
            string[] different = [.. Keys(first).Union(Keys(other), StringComparer.Ordinal).Where(key => !compared.Contains(key) && !JsonNode.DeepEquals(first?[key], other?[key])).Order(StringComparer.Ordinal)];
            if (different.Length > 0)
            {
                warnings.Add($"The configuration of '{models[0].Reference}' is kept, from which that of '{model.Reference}' differs in {string.Join(", ", different)}.");
            }
        }
    }

    private static IEnumerable<(string Name, string? Value)> Traits(JsonObject? config) => ArchitectureKey.Traits(config)
        .Where(trait => trait.Name is not "num_hidden_layers")
        .Concat(Further.Select(trait => (trait.Name, trait.Name is "sliding_window" ? WindowOf(config, trait) : trait.Of(config) ?? Default(trait.Name, config))))
        .Append(("tie_word_embeddings", config?["tie_word_embeddings"]?.ToJsonString() ?? Default("tie_word_embeddings", config)));

    // What models are loaded with when nothing is said; other types have other defaults.
    private static string? Default(string name, JsonObject? config) => name switch
    {
        "attention_bias" or "mlp_bias" or "use_sliding_window" => "false",
        "tie_word_embeddings" when IsKnown(config) => "false",
        "partial_rotary_factor" when IsKnown(config) => "1",
        "rms_norm_eps" when IsKnown(config) => "1E-06",
        _ => null,
    };

    // Qwen has a window only when it says so, and Mistral one unless it says null; a stated one counts for all others.
    private static string? WindowOf(JsonObject? config, ConfigTrait window)
    {
        string? type = TypeOf(config);
        bool isQwen = type is "qwen2" or "qwen3";
        bool isUsed = config?["use_sliding_window"] is JsonValue flag && flag.TryGetValue(out bool value) && value;
        return isQwen && !isUsed
            ? null
            : window.Of(config) ?? ((isQwen || type is "mistral") && !config!.ContainsKey("sliding_window") ? DefaultWindow : null);
    }

    private static bool IsKnown(JsonObject? config) => TypeOf(config) is "llama" or "mistral" or "qwen2" or "qwen3";

    private static string? TypeOf(JsonObject? config) => config?["model_type"] is JsonValue type && type.TryGetValue(out string? name) ? name : null;

    private static void CheckPattern(StackedModel model, JsonObject? config, List<StackingProblem> problems)
    {
        if (config is null)
        {
            return;
        }

        if (!StackingConfig.CountKeys.Any(config.ContainsKey))
        {
            problems.Add(new StackingProblem(
                StackingProblemKind.Layers, $"The configuration of '{model.Reference}' has none of {string.Join(", ", StackingConfig.CountKeys)}: stack a language model by itself, not one that is part of another.", model.Reference));
        }

        // A list that names the kind of each layer is what readers follow, and it can be said of the stack.
        bool hasKinds = StackingConfig.HasList(config, "layer_types", model.Layers.LayerCount);
        bool hasWindow = config["use_sliding_window"] is not JsonValue use || !use.TryGetValue(out bool slides) || slides;
        foreach (string key in Numbers.Where(key => Says(config[key], 0)).Concat(Periods.Where(key => Says(config[key], 1))))
        {
            if (!(hasKinds && key.Contains("window", StringComparison.Ordinal)) && !(key is "max_window_layers" && (!hasWindow || config["sliding_window"] is null)))
            {
                problems.Add(new StackingProblem(
                    StackingProblemKind.LayerPattern,
                    $"'{key}' of '{model.Reference}' is {config[key]!.ToJsonString()}: it says by position which layers are of another kind, and no such position holds in a stack.",
                    model.Reference));
            }
        }
    }

    private static bool Says(JsonNode? value, int nothing) => value switch
    {
        null => false,
        JsonArray list => list.Count > 0,
        JsonValue number when number.GetValueKind() is JsonValueKind.Number => double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture) > nothing,
        _ => true,
    };

    private static IEnumerable<string> Keys(JsonObject? config) => config?.Select(entry => entry.Key) ?? [];
}
