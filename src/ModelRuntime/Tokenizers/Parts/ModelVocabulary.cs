using System.Text.Json.Nodes;
using ModelTensors.Tokenizers;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Reads the tokens of a <c>model</c> alone: added tokens, which a vocabulary has too, are no pieces of words.</summary>
internal static class ModelVocabulary
{
    public static Dictionary<string, int> Read(TokenizerPart part)
    {
        JsonObject map = part.Node["vocab"] as JsonObject ?? throw part.Invalid("has no object 'vocab'");
        Dictionary<string, int> tokens = new(map.Count, StringComparer.Ordinal);
        foreach ((string token, JsonNode? node) in map)
        {
            tokens.Add(token, node is JsonValue value && value.TryGetValue(out int id) && id is >= 0 and <= Vocabulary.LargestId
                ? id
                : throw part.Invalid($"has no number from 0 to {Vocabulary.LargestId} for token '{token}'"));
        }

        return tokens;
    }
}
