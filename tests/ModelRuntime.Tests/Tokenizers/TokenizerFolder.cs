using System.Text.Json.Nodes;
using ModelRuntime.Tokenizers;
using ModelSdk.Testing;

namespace ModelRuntime.Tests.Tokenizers;

/// <summary>Loads tokenizers from documents that tests write.</summary>
internal static class TokenizerFolder
{
    // A letter for each byte, as GPT-2 writes them: printable ones of Latin-1, the others from U+0100 on.
    public static string[] ByteLetters()
    {
        string[] letters = new string[256];
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (> 0x20 and < 0x7F) or (> 0xA0 and not 0xAD);
            letters[value] = ((char)(isPrintable ? value : next++)).ToString();
        }

        return letters;
    }

    /// <summary>Makes a byte-level document: the 256 bytes, the results of the merges, then the added tokens.</summary>
    public static JsonObject ByteLevel(IReadOnlyList<(string Left, string Right)> merges, params string[] added)
    {
        JsonObject vocabulary = [];
        foreach (string token in ByteLetters().Concat(merges.Select(merge => merge.Left + merge.Right)))
        {
            vocabulary.TryAdd(token, vocabulary.Count);
        }

        int count = vocabulary.Count;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray([.. added.Select((token, i) => Added(count + i, token))]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]),
            },
        };
    }

    /// <summary>Makes an added token, a special one.</summary>
    public static JsonObject Added(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    /// <summary>Loads a tokenizer from files of a folder of its own.</summary>
    public static ITokenizer Load(params ReadOnlySpan<(string Name, string Content)> files)
    {
        using TestFolder folder = new();
        foreach ((string name, string content) in files)
        {
            File.WriteAllText(folder[name], content);
        }

        return TokenizerLoader.Load(folder.Path);
    }

    /// <summary>Loads a tokenizer from a document.</summary>
    public static ITokenizer Load(JsonObject document) => Load(("tokenizer.json", document.ToJsonString()));
}
