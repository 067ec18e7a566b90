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

    /// <summary>Returns the value as JSON, or null when the model states none.</summary>
    public string? Of(JsonObject? config)
    {
        foreach (string key in OtherKeys.Prepend(Name))
        {
            // Null in a configuration means the same as leaving the key out.
            if (config?[key] is { } value)
            {
                return value.ToJsonString();
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
                return config?["rope_parameters"]?["rope_theta"]?.ToJsonString();
            case "rope_scaling":
                JsonObject? scaling = (config?["rope_parameters"] as JsonObject)?.DeepClone().AsObject();
                scaling?.Remove("rope_theta");
                return scaling is null || scaling.All(entry => entry.Key is "rope_type" && entry.Value?.ToString() is "default") ? null : scaling.ToJsonString();
            case "num_key_value_heads":
                return config?["num_attention_heads"]?.ToJsonString();
            case "head_dim":
                return config is null ? null : HeadSize(new ModelConfig(config));
            default:
                return null;
        }
    }

    private static string? HeadSize(ModelConfig config) =>
        config.GetInt32("hidden_size") is { } hidden && config.GetInt32("num_attention_heads") is { } heads && heads > 0
            ? $"{hidden / heads}"
            : null;
}
