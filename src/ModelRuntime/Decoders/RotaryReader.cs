using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelRuntime.Decoders;

/// <summary>Reads <c>rope_theta</c> and <c>rope_scaling</c>, and the <c>rope_parameters</c> that newer files have instead.</summary>
internal sealed class RotaryReader(JsonObject document, string? file, double defaultBase = RotaryReader.DefaultBase)
{
    public const double DefaultBase = 10_000;

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "rope_type", "type", "rope_theta", "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings", "partial_rotary_factor",
    };

    public (double Base, RotaryScaling? Scaling) Read()
    {
        JsonObject? parameters = (document["rope_parameters"] ?? document["rope_scaling"]) switch
        {
            null => null,
            JsonObject found => found,
            { } other => throw Invalid($"rope_scaling is {other.ToJsonString()}: an object is meant"),
        };
        double rotaryBase = Number(document, "rope_theta") ?? Number(parameters, "rope_theta") ?? defaultBase;
        if (!double.IsFinite(rotaryBase) || rotaryBase <= 0)
        {
            throw Invalid($"rope_theta is {rotaryBase}: a number above zero is meant");
        }

        try
        {
            return (rotaryBase, parameters is null ? null : Scaling(parameters));
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new RuntimeException(RuntimeError.ConfigInvalid, $"The configuration{At()} cannot be right: rope_scaling has an impossible value. {e.Message}", file, innerException: e);
        }
    }

    private RotaryScaling? Scaling(JsonObject parameters)
    {
        if (parameters.Select(item => item.Key).FirstOrDefault(key => !Known.Contains(key)) is { } unknown)
        {
            throw Unsupported($"rope_scaling has '{unknown}', which the engine does not know");
        }

        if (Number(parameters, "partial_rotary_factor") is { } part and not 1)
        {
            throw Unsupported($"partial_rotary_factor is {part}: the engine rotates whole heads");
        }

        string type = Text(parameters, "rope_type") ?? Text(parameters, "type") ?? "default";
        return type switch
        {
            "default" => null,
            "linear" => new LinearRotaryScaling(Required(parameters, "factor")),
            "llama3" => new Llama3RotaryScaling(
                Required(parameters, "factor"),
                Required(parameters, "low_freq_factor"),
                Required(parameters, "high_freq_factor"),
                (int)Math.Clamp(Required(parameters, "original_max_position_embeddings"), 0, int.MaxValue)),
            _ => throw Unsupported($"its rope_scaling is '{type}'; the engine has default, linear and llama3"),
        };
    }

    private double Required(JsonObject parameters, string key) => Number(parameters, key) ?? throw Invalid($"rope_scaling has no '{key}'");

    private double? Number(JsonObject? parameters, string key) => parameters?[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: a number is meant"),
    };

    private string? Text(JsonObject parameters, string key) => parameters[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: a text is meant"),
    };

    private RuntimeException Unsupported(string what) => new(RuntimeError.Unsupported, $"The engine cannot run the model of the configuration{At()}: {what}.", file);

    private RuntimeException Invalid(string what) => new(RuntimeError.ConfigInvalid, $"The configuration{At()} cannot be right: {what}.", file);

    private string At() => file is null ? string.Empty : $" '{file}'";
}
