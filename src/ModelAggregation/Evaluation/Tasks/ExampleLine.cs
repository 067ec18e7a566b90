using System.Text.Json;

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>One line of a file of examples. What it lacks is a <see cref="JsonException"/>, to which the reader adds file and line.</summary>
internal readonly struct ExampleLine
{
    private readonly JsonElement _object;

    public ExampleLine(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException($"it is {Word(value)}; an example is an object.");
        }

        _object = value;
    }

    public bool IsArray(string field) => Field(field).ValueKind == JsonValueKind.Array;

    public string Text(string field, bool mayBeEmpty = true)
    {
        string text = Text(Field(field), field);
        return mayBeEmpty || text.Length > 0 ? text : throw new JsonException($"'{field}' is empty.");
    }

    public IReadOnlyList<string> Texts(string field)
    {
        JsonElement value = Field(field);
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => Text(item, field))]
            : throw new JsonException($"'{field}' is {Word(value)}; it is an array of texts.");
    }

    public int Choice(string field, IReadOnlyList<string> choices)
    {
        JsonElement value = Field(field);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number))
        {
            return number;
        }

        string text = Text(value, field);
        int[] places = [.. Enumerable.Range(0, choices.Count).Where(i => string.Equals(choices[i], text, StringComparison.Ordinal))];
        return places is [int only]
            ? only
            : throw new JsonException($"'{field}' is \"{Excerpt.Of(text)}\", which is {places.Length} of the {choices.Count} choices; it is one of them, or its number from 0.");
    }

    private static string Text(JsonElement value, string field) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new JsonException($"'{field}' is {Word(value)}; it is a text.");

    private static string Word(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private JsonElement Field(string field) => _object.TryGetProperty(field, out JsonElement value)
        ? value
        : throw new JsonException($"it has no field '{field}'; there are {string.Join(", ", _object.EnumerateObject().Select(property => $"'{property.Name}'"))}.");
}
