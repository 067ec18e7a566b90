using System.Text.Json.Nodes;
using ModelTensors.Tokenizers;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>The tokens that begin, end and pad sequences.</summary>
internal sealed record SpecialTokens(int? Begin, int? End, int? Pad)
{
    /// <summary>Finds them: in <c>tokenizer_config.json</c>, where null means none, else in <c>config.json</c>, else by BERT's names.</summary>
    public static SpecialTokens Read(string folder, Vocabulary vocabulary)
    {
        JsonObject? names = TokenizerFiles.TryReadConfig(folder);
        const string config = "config.json";
        string path = Path.Combine(folder, config);
        JsonObject? numbers = TokenizerFiles.TryReadDocument(folder, config);
        return new SpecialTokens(
            Find("bos_token", () => Named("cls_token") ?? Known("[CLS]")),
            Find("eos_token", () => Named("sep_token") ?? Known("[SEP]")),
            Find("pad_token", () => Known("[PAD]")));

        int? Find(string key, Func<int?> otherwise) => names is not null && names.TryGetPropertyValue(key, out JsonNode? name) && name is null
            ? null
            : Named(key) ?? Numbered($"{key}_id") ?? otherwise();

        int? Named(string key)
        {
            JsonNode? node = names?[key] is JsonObject token ? token["content"] : names?[key];
            return node is JsonValue value && value.TryGetValue(out string? name)
                ? Known(name) ?? throw new RuntimeException(
                    RuntimeError.TokenizerInvalid,
                    $"'{Path.Combine(folder, "tokenizer_config.json")}' names '{name}' as '{key}', and the vocabulary has no such token.",
                    Path.Combine(folder, "tokenizer_config.json"))
                : null;
        }

        int? Known(string name) => vocabulary.TryGetId(name, out int id) ? id : null;

        // Of several, as Llama 3 has for the end, the first; below 0 means none.
        int? Numbered(string key)
        {
            JsonNode? node = numbers?[key];
            node = node is JsonArray { Count: > 0 } list ? list[0] : node;
            if (node is not JsonValue value || !value.TryGetValue(out int id) || id < 0)
            {
                return null;
            }

            return id < vocabulary.Tokens.Count ? id : throw new RuntimeException(
                RuntimeError.TokenizerInvalid,
                $"'{path}' has the '{key}' {id}, and the tokenizer's tokens are from 0 to {vocabulary.Tokens.Count - 1}. Set it to one of these, or to null.",
                path);
        }
    }
}
