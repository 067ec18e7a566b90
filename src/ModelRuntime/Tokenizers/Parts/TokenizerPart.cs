using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>An object of a <c>tokenizer.json</c>, and the errors about it.</summary>
/// <param name="node">The object.</param>
/// <param name="path">The file.</param>
/// <param name="name">What the object is to the tokenizer, such as <c>normalizer</c>.</param>
internal sealed class TokenizerPart(JsonObject node, string path, string name)
{
    public JsonObject Node { get; } = node;

    public string Type => OptionalText("type") ?? throw Invalid("has no 'type'");

    /// <summary>Reads an object of a document, or null where there is none.</summary>
    public static TokenizerPart? TryRead(JsonObject document, string key, string path) => document[key] switch
    {
        null => null,
        JsonObject node => new TokenizerPart(node, path, key),
        _ => throw new RuntimeException(RuntimeError.TokenizerInvalid, $"'{path}' has a '{key}' that is no object.", path),
    };

    /// <summary>Throws where the object has something that the caller does not know of, and so would leave out.</summary>
    public void Expect(params ReadOnlySpan<string> keys)
    {
        foreach ((string key, JsonNode? value) in Node)
        {
            if (value is not null && !string.Equals(key, "type", StringComparison.Ordinal) && !keys.Contains(key))
            {
                throw Unsupported($"has '{key}'");
            }
        }
    }

    /// <summary>Returns the objects of a list.</summary>
    public IEnumerable<TokenizerPart> Parts(string key)
    {
        foreach (JsonNode? item in List(key))
        {
            yield return new TokenizerPart(item as JsonObject ?? throw Invalid($"has something else than objects in '{key}'"), path, name);
        }
    }

    /// <summary>Returns an object within this one, called by the same name.</summary>
    public TokenizerPart Inner(JsonObject inner) => new(inner, path, name);

    public JsonArray List(string key) => Node[key] as JsonArray ?? throw Invalid($"has no list '{key}'");

    public string? OptionalText(string key) => Node[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => throw Invalid($"has a '{key}' that is no text"),
    };

    public string Text(string key) => OptionalText(key) ?? throw Invalid($"has no '{key}'");

    public bool? OptionalFlag(string key) => Node[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        _ => throw Invalid($"has a '{key}' that is neither true nor false"),
    };

    public bool Flag(string key, bool otherwise = false) => OptionalFlag(key) ?? otherwise;

    public int Number(string key, int otherwise) => Node[key] switch
    {
        null => otherwise,
        JsonValue value when value.TryGetValue(out int number) && number >= 0 => number,
        _ => throw Invalid($"has a '{key}' that is no whole number from 0 to {int.MaxValue}"),
    };

    /// <summary>Reads a text of exactly one character.</summary>
    public Rune Character(string key, char otherwise)
    {
        string text = OptionalText(key) ?? otherwise.ToString();
        return Rune.DecodeFromUtf16(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && length == text.Length
            ? rune
            : throw Invalid($"has a '{key}' of '{text}', which has to be one character");
    }

    public RuntimeException Invalid(string what, Exception? error = null) =>
        new(RuntimeError.TokenizerInvalid, $"'{path}': the {Describe()} {what}.", path, innerException: error);

    public RuntimeException Unsupported(string what) => new(
        RuntimeError.Unsupported,
        $"'{path}': the {Describe()} {what}, which this engine does not have. Tokenize with the library that made the file, or write a tokenizer of your own (ITokenizer).",
        path);

    // No recursion into Type: it may be what is wrong.
    private string Describe() => Node["type"] is JsonValue value && value.TryGetValue(out string? type) ? $"{name} '{type}'" : name;
}
