using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelAggregation.Zoo;

namespace ModelAggregation.Mixture.Planning;

/// <summary>What the layers of a model compute with beside their weights, defaults filled in.</summary>
/// <param name="RotaryBase">The base of the rotary embedding.</param>
/// <param name="RotaryScaling">Its scaling in one spelling, or null.</param>
/// <param name="NormEpsilon">What is added to the mean square of a norm.</param>
/// <param name="Window">How many tokens a query sees, or null for all.</param>
/// <param name="WindowLayers">The first of the layers that have the window, or where they do not all come last the configuration's list of them; null without a window.</param>
internal sealed record LayerSettings(double RotaryBase, string? RotaryScaling, double NormEpsilon, long? Window, string? WindowLayers)
{
    /// <summary>All layers, as <see cref="WindowLayers"/> says it.</summary>
    public const string AllLayers = "0";

    private const double DefaultBase = 10_000;
    private const double DefaultEpsilon = 1e-6;
    private const long DefaultWindow = 4096;
    private const double DefaultFirstWindowLayer = 28;

    private static readonly ConfigTrait Scaling = new("rope_scaling");

    /// <summary>Reads the settings; null when a value is impossible, which becomes a problem.</summary>
    public static LayerSettings? TryRead(JsonObject config, string reference, MixtureFindings findings)
    {
        JsonObject? parameters = (config["rope_parameters"] ?? config["rope_scaling"]) as JsonObject;
        double? rotaryBase = Number(config["rope_theta"] is null ? parameters : config, "rope_theta", DefaultBase);
        double? epsilon = Number(config, "rms_norm_eps", DefaultEpsilon);
        (double? window, string? layers) = WindowOf(config);
        foreach ((string key, bool isRight) in new[]
        {
            ("rope_theta", rotaryBase > 0), ("rms_norm_eps", epsilon is >= 0 and < 1), ("sliding_window", window is null or (>= 1 and <= int.MaxValue)),
        })
        {
            if (!isRight)
            {
                findings.Add(MixtureProblemKind.Configuration, $"'{key}' of model '{reference}' is {(config[key] ?? parameters?[key])?.ToJsonString() ?? "null"}, which cannot be right.", reference);
                return null;
            }
        }

        return new LayerSettings(rotaryBase!.Value, Scaling.Of(config), epsilon!.Value, (long?)window, layers);
    }

    /// <summary>Returns what differs from other settings, as the keys of a configuration.</summary>
    public JsonObject DifferencesFrom(LayerSettings other)
    {
        JsonObject differences = [];
        if (!RotaryBase.Equals(other.RotaryBase))
        {
            differences["rope_theta"] = RotaryBase;
        }

        if (!string.Equals(RotaryScaling, other.RotaryScaling, StringComparison.Ordinal))
        {
            differences["rope_scaling"] = ScalingNode();
        }

        if (!NormEpsilon.Equals(other.NormEpsilon))
        {
            differences["rms_norm_eps"] = NormEpsilon;
        }

        if (Window != other.Window)
        {
            differences["sliding_window"] = Window;
        }

        return differences;
    }

    /// <summary>Writes the settings into a configuration, in the keys that every reader knows.</summary>
    public void Write(JsonObject config)
    {
        config.Remove("rope_parameters");
        config["rope_theta"] = RotaryBase;
        config["rope_scaling"] = ScalingNode();
        config["rms_norm_eps"] = NormEpsilon;
        config["sliding_window"] = Window;
    }

    private JsonNode? ScalingNode() => RotaryScaling is null ? null : JsonNode.Parse(RotaryScaling);

    // What the architectures do: Llama has no windows, and Qwen only when it says so.
    private static (double? Window, string? Layers) WindowOf(JsonObject config)
    {
        bool isQwen = IsText(config, "model_type", "qwen2") || IsText(config, "model_type", "qwen3");
        bool isUsed = config["use_sliding_window"] is JsonValue flag && flag.TryGetValue(out bool value) && value;
        if (IsText(config, "model_type", "llama") || (isQwen && !isUsed) || (config.ContainsKey("sliding_window") && config["sliding_window"] is null))
        {
            return (null, null);
        }

        double? window = Number(config, "sliding_window", DefaultWindow) ?? double.NaN;
        return (window, WindowLayersOf(config, isQwen));
    }

    // A list of layers comes before what the architecture says.
    private static string WindowLayersOf(JsonObject config, bool isQwen)
    {
        if (config["layer_types"] is not JsonArray types)
        {
            return isQwen ? (Number(config, "max_window_layers", DefaultFirstWindowLayer) ?? DefaultFirstWindowLayer).ToString(CultureInfo.InvariantCulture) : AllLayers;
        }

        bool[] windows = [.. types.Select(type => type is JsonValue value && value.TryGetValue(out string? word) && word is "sliding_attention")];
        int first = Array.IndexOf(windows, true) is >= 0 and int found ? found : windows.Length;
        return windows.AsSpan(first).Contains(false) ? types.ToJsonString() : first.ToString(CultureInfo.InvariantCulture);
    }

    private static bool IsText(JsonObject config, string key, string text) => config[key] is JsonValue value && value.TryGetValue(out string? word) && string.Equals(word, text, StringComparison.Ordinal);

    // Null for what is no finite number.
    private static double? Number(JsonObject? config, string key, double whenAbsent) => config?[key] switch
    {
        null => whenAbsent,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) is var number && double.IsFinite(number) => number,
        _ => null,
    };
}
