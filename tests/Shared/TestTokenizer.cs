using System.Text.Json.Nodes;

namespace ModelSdk.Testing;

/// <summary>A small tokenizer as its files have it.</summary>
internal sealed class TestTokenizer
{
    /// <summary>Gets or sets the kind of model: BPE, WordPiece or WordLevel.</summary>
    public string Type { get; set; } = "BPE";

    public JsonObject Vocabulary { get; } = [];

    public JsonArray Added { get; } = [];

    public JsonObject? Config { get; set; }

    /// <summary>Makes a byte-pair tokenizer of ordinary tokens numbered from 0.</summary>
    public static TestTokenizer Of(params IEnumerable<string> tokens)
    {
        TestTokenizer tokenizer = new();
        foreach (string token in tokens)
        {
            tokenizer.Vocabulary[token] = tokenizer.Vocabulary.Count;
        }

        return tokenizer;
    }

    /// <summary>Adds an added token, which is not among the ordinary ones.</summary>
    public TestTokenizer With(string content, int id, bool isSpecial = true)
    {
        Added.Add((JsonNode)new JsonObject
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = isSpecial,
        });
        return this;
    }

    /// <summary>Writes <c>tokenizer.json</c>, and <c>tokenizer_config.json</c> if there is one.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        JsonObject model = new() { ["type"] = Type, ["vocab"] = Vocabulary.DeepClone() };
        if (Type is "BPE")
        {
            model["merges"] = new JsonArray();
        }

        JsonObject document = new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = Added.DeepClone(),
            ["pre_tokenizer"] = Type is "BPE" ? new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false } : null,
            ["model"] = model,
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), document.ToJsonString());
        if (Config is not null)
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), Config.ToJsonString());
        }
    }

    /// <summary>Numbers the tokens of a <c>tokenizer.json</c> as its readers do: as in the model's vocabulary, and counting on for added tokens that are not there.</summary>
    public static Dictionary<string, int> Load(string path)
    {
        JsonObject document = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        switch (document["model"]!["vocab"])
        {
            case JsonArray pieces:
                foreach (JsonNode? piece in pieces)
                {
                    ids.Add(piece![0]!.GetValue<string>(), ids.Count);
                }

                break;
            case JsonObject map:
                foreach ((string token, JsonNode? id) in map)
                {
                    ids.Add(token, id!.GetValue<int>());
                }

                break;
        }

        int next = ids.Count;
        foreach (JsonNode? token in document["added_tokens"]!.AsArray())
        {
            string content = token!["content"]!.GetValue<string>();
            if (!ids.ContainsKey(content))
            {
                ids.Add(content, next++);
            }
        }

        return ids;
    }
}
