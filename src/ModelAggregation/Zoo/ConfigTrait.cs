using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Zoo;

/// <summary>A trait of a model that its configuration states, under whichever key, and what it is when nothing is stated.</summary>
/// <param name="Name">The usual key.</param>
/// <param name="OtherKeys">Keys that other architectures have for it.</param>
internal sealed record ConfigTrait(string Name, params string[] OtherKeys)
{
    /// <summary>Gets the traits that weights are trained for: a mean of two models that differ in one has no meaning.</summary>
    public static IReadOnlyList<ConfigTrait> Blocking { get; } =
    [
        new("model_type"),
        new("hidden_size", "n_embd", "d_model"),
        new("num_hidden_layers", "n_layer", "num_layers"),
        new("num_attention_heads", "n_head"),
        new("num_key_value_heads"),
        new("head_dim"),
        new("intermediate_size", "n_inner"),
        new("hidden_act", "activation_function"),
        new("rope_theta"),
        new("rope_scaling"),
        new("num_local_experts", "num_experts"),
    ];

    /// <summary>Returns the value as JSON of one spelling, or null when the model states none.</summary>
    public string? Of(JsonObject? config)
    {
        if (Name is "rope_scaling")
        {
            return ScalingOf(config);
        }

        foreach (string key in OtherKeys.Prepend(Name))
        {
            // Null in a configuration means the same as leaving the key out.
            if (config?[key] is { } value)
            {
                return Canonical(value);
            }
        }

        return Derived(config);
    }

    // Newer configurations hold all of the rotation in one object; older ones leave out what follows from other keys.
    private string? Derived(JsonObject? config)
    {
        switch (Name)
        {
            case "rope_theta":
                return (config?["rope_parameters"] as JsonObject)?["rope_theta"] is { } theta ? Canonical(theta) : DefaultTheta(config);
            case "num_key_value_heads":
                return config?["num_attention_heads"] is { } heads ? Canonical(heads) : null;
            case "head_dim":
                return config is null ? null : HeadSize(new ModelConfig(config));
            default:
                return null;
        }
    }

    // What these are loaded with when nothing is said; other types have other defaults.
    private static string? DefaultTheta(JsonObject? config) =>
        config?["model_type"] is JsonValue type && type.TryGetValue(out string? name) && name is "llama" or "mistral" or "qwen2" or "qwen3" ? "10000" : null;

    // The kind is "type" in older configurations, and both in some; the default kind is no scaling.
    private static string? ScalingOf(JsonObject? config)
    {
        JsonNode? stated = config?["rope_scaling"] ?? config?["rope_parameters"];
        if (stated is not JsonObject scaling)
        {
            return stated is null ? null : Canonical(stated);
        }

        JsonObject own = scaling.DeepClone().AsObject();
        own.Remove("rope_theta");
        JsonNode? kind = own["rope_type"] ?? own["type"];
        own.Remove("rope_type");
        own.Remove("type");
        if (kind is not null && !(kind is JsonValue value && value.TryGetValue(out string? name) && name is "default"))
        {
            own["rope_type"] = kind.DeepClone();
        }

        return own.Count == 0 ? null : Canonical(own);
    }

    // Numbers as numbers, and objects in the order of their keys: 10000 and 10000.0 rotate alike.
    private static string Canonical(JsonNode? node) => node switch
    {
        JsonObject entries => $"{{{string.Join(',', entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Where(entry => entry.Value is not null).Select(entry => $"{JsonValue.Create(entry.Key).ToJsonString()}:{Canonical(entry.Value)}"))}}}",
        JsonArray items => $"[{string.Join(',', items.Select(Canonical))}]",
        JsonValue value when value.GetValueKind() is JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture),
        null => "null",
        _ => node.ToJsonString(),
    };

    private static string? HeadSize(ModelConfig config) =>
        config.GetInt32("hidden_size") is { } hidden && config.GetInt32("num_attention_heads") is { } heads && heads > 0
            ? $"{hidden / heads}"
            : null;
}
