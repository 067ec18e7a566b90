using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelRuntime.Decoders;

/// <summary>The values of a <c>config.json</c>, none of which is believed.</summary>
internal sealed class ConfigValues(JsonObject document, string? file)
{
    // Sizes beyond it are damage, not models: products of any two still fit 63 bits.
    public const int LargestSize = 1 << 24;

    public JsonObject Document => document;

    public string? File => file;

    public bool Has(string key) => document.ContainsKey(key);

    public int Size(string key, int largest = LargestSize)
    {
        double number = Number(key) ?? throw Invalid($"it has no '{key}'");
        return number >= 1 && number <= largest && double.IsInteger(number) ? (int)number : throw Invalid($"'{key}' is {number}: a whole number from 1 to {largest} is meant");
    }

    public string? Text(string key) => document[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: a text is meant"),
    };

    public bool Flag(string key) => document[key] switch
    {
        null => false,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: true or false is meant"),
    };

    public double? Number(string key) => document[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
        { } other => throw Invalid($"'{key}' is {other.ToJsonString()}: a number is meant"),
    };

    public RuntimeException Invalid(string what) => new(RuntimeError.ConfigInvalid, $"The configuration{At()} cannot be right: {what}.", file);

    public RuntimeException Unsupported(string what) => new(RuntimeError.Unsupported, $"The engine cannot run the model of the configuration{At()}: {what}.", file);

    private string At() => file is null ? string.Empty : $" '{file}'";
}
