using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelRuntime.Encoders;

/// <summary>The files by which sentence-transformers says how a model embeds: <c>modules.json</c>, <c>1_Pooling/config.json</c>, <c>sentence_bert_config.json</c>.</summary>
internal static class SentenceTransformerFolder
{
    private const long LargestFile = 1 << 20;
    private const string PoolingPrefix = "pooling_mode_";

    /// <summary>Reads the settings; without these files, the mean of a length of one.</summary>
    /// <exception cref="RuntimeException">A file is damaged, or asks for what the engine does not have.</exception>
    public static EncoderEmbeddingOptions Read(string folder)
    {
        EncoderEmbeddingOptions options = new();
        string lengthFile = Path.Combine(folder, "sentence_bert_config.json");
        if (File.Exists(lengthFile) && ReadJson(lengthFile) is JsonObject lengths && lengths["max_seq_length"] is JsonValue length && length.TryGetValue(out int most))
        {
            options = most >= 2
                ? options with { MaxLength = most }
                : throw new RuntimeException(RuntimeError.ConfigInvalid, $"'{lengthFile}': 'max_seq_length' is {most}; it is 2 or more.", lengthFile);
        }

        if (File.Exists(lengthFile) && ReadJson(lengthFile) is JsonObject settings && settings["do_lower_case"] is JsonValue lower && lower.TryGetValue(out bool lowers) && lowers)
        {
            throw new RuntimeException(
                RuntimeError.Unsupported, $"'{lengthFile}' sets do_lower_case, which lowers texts before the tokenizer sees them: the engine leaves that to the tokenizer. Lower the texts yourself, and the setting.", lengthFile);
        }

        string promptFile = Path.Combine(folder, "config_sentence_transformers.json");
        if (File.Exists(promptFile) && ReadJson(promptFile) is JsonObject prompts && prompts["default_prompt_name"] is JsonValue prompt)
        {
            throw new RuntimeException(
                RuntimeError.Unsupported, $"'{promptFile}' has a default prompt, {prompt.ToJsonString()}, which would stand before every text: the engine adds none. Put it before the texts yourself, and set default_prompt_name to null.", promptFile);
        }

        string modules = Path.Combine(folder, "modules.json");
        if (!File.Exists(modules))
        {
            return options;
        }

        if (ReadJson(modules) is not JsonArray list)
        {
            throw new RuntimeException(RuntimeError.ConfigInvalid, $"'{modules}' is not an array of modules.", modules);
        }

        options = options with { Normalizes = false };
        foreach (JsonNode? module in list)
        {
            options = Add(options, folder, modules, module as JsonObject);
        }

        return options;
    }

    private static EncoderEmbeddingOptions Add(EncoderEmbeddingOptions options, string folder, string modules, JsonObject? module)
    {
        string type = Text(module, "type");
        string kind = type[(type.LastIndexOf('.') + 1)..];
        return kind switch
        {
            "Transformer" => options,
            "Pooling" => options with { Pooling = ReadPooling(Path.Combine(folder, Text(module, "path"), "config.json")) },
            "Normalize" => options with { Normalizes = true },
            _ => throw new RuntimeException(
                RuntimeError.Unsupported, $"'{modules}' has a module of type '{type}': the engine has Transformer, Pooling and Normalize. Without it embeddings would be other ones.", modules),
        };
    }

    private static EncoderPooling ReadPooling(string file)
    {
        string[] modes = ReadJson(file) is JsonObject document
            ? [.. document.Where(pair => pair.Key.StartsWith(PoolingPrefix, StringComparison.Ordinal) && pair.Value is JsonValue value && value.TryGetValue(out bool flag) && flag).Select(pair => pair.Key[PoolingPrefix.Length..])]
            : [];
        return modes switch
        {
            ["mean_tokens"] => EncoderPooling.Mean,
            ["cls_token"] => EncoderPooling.FirstToken,
            ["max_tokens"] => EncoderPooling.Max,
            _ => throw new RuntimeException(
                RuntimeError.Unsupported, $"'{file}' asks for the pooling '{string.Join(" + ", modes)}': the engine has one of mean_tokens, cls_token and max_tokens.", file),
        };
    }

    private static string Text(JsonObject? document, string key) => document?[key] is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty;

    private static JsonNode? ReadJson(string file)
    {
        FileInfo info = new(file);
        if (!info.Exists || info.Length > LargestFile)
        {
            throw new RuntimeException(RuntimeError.ConfigInvalid, $"'{file}' is missing, or larger than {LargestFile} bytes.", file);
        }

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file));
        }
        catch (JsonException e)
        {
            throw new RuntimeException(RuntimeError.ConfigInvalid, $"'{file}' is not JSON: {e.Message}", file, innerException: e);
        }
    }
}
