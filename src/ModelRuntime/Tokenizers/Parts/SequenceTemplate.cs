using System.Text.Json.Nodes;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>The tokens that stand before and after a text's own.</summary>
internal sealed record SequenceTemplate(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    private const int MostTokens = 1024;

    /// <summary>Gets the template that adds nothing.</summary>
    public static SequenceTemplate Empty { get; } = new([], []);

    /// <summary>Reads the <c>post_processor</c> of a <c>tokenizer.json</c>; one text a sequence, not pairs.</summary>
    public static SequenceTemplate Read(TokenizerPart? part, int vocabularySize)
    {
        switch (part?.Type)
        {
            case null:
                return Empty;
            case "ByteLevel":
                part.Expect("add_prefix_space", "trim_offsets", "use_regex");
                return Empty;
            case "BertProcessing":
                part.Expect("sep", "cls");
                return new SequenceTemplate([Pair(part, "cls", vocabularySize)], [Pair(part, "sep", vocabularySize)]);
            case "RobertaProcessing":
                part.Expect("sep", "cls", "trim_offsets", "add_prefix_space");
                return new SequenceTemplate([Pair(part, "cls", vocabularySize)], [Pair(part, "sep", vocabularySize)]);
            case "TemplateProcessing":
                return ReadTemplate(part, vocabularySize);
            case "Sequence":
                part.Expect("processors");
                SequenceTemplate template = Empty;
                foreach (SequenceTemplate inner in part.Parts("processors").Select(inner => Read(inner, vocabularySize)))
                {
                    template = new SequenceTemplate([.. inner.Before, .. template.Before], [.. template.After, .. inner.After]);
                    if (template.Before.Count + template.After.Count > MostTokens)
                    {
                        throw part.Invalid($"adds more than {MostTokens} tokens");
                    }
                }

                return template;
            default:
                throw part.Unsupported("is a post-processor");
        }
    }

    private static SequenceTemplate ReadTemplate(TokenizerPart part, int vocabularySize)
    {
        part.Expect("single", "pair", "special_tokens");
        JsonObject special = part.Node["special_tokens"] as JsonObject ?? [];
        List<int> before = [];
        List<int>? after = null;
        foreach (TokenizerPart item in part.Parts("single"))
        {
            item.Expect("SpecialToken", "Sequence");
            if (item.Node["SpecialToken"] is JsonObject token)
            {
                string name = item.Inner(token).Text("id");
                TokenizerPart definition = special[name] is JsonObject found ? part.Inner(found) : throw part.Invalid($"has no '{name}' in its 'special_tokens'");
                (after ?? before).AddRange(definition.List("ids").Select(id => Id(part, name, id, vocabularySize)));
                if (before.Count + (after?.Count ?? 0) > MostTokens)
                {
                    throw part.Invalid($"adds more than {MostTokens} tokens");
                }
            }
            else if (item.Node["Sequence"] is JsonObject sequence && string.Equals(item.Inner(sequence).Text("id"), "A", StringComparison.Ordinal) && after is null)
            {
                after = [];
            }
            else
            {
                throw part.Invalid("has a 'single' that is not special tokens around one sequence A");
            }
        }

        return after is null ? throw part.Invalid("has a 'single' without the sequence A") : new SequenceTemplate(before, after);
    }

    private static int Pair(TokenizerPart part, string key, int vocabularySize) =>
        part.List(key) is { Count: 2 } pair ? Id(part, key, pair[1], vocabularySize) : throw part.Invalid($"has a '{key}' that is no token with its number");

    private static int Id(TokenizerPart part, string name, JsonNode? node, int vocabularySize) =>
        node is JsonValue value && value.TryGetValue(out int id) && id >= 0 && id < vocabularySize
            ? id
            : throw part.Invalid($"gives '{name}' the number {node?.ToJsonString() ?? "null"}; tokens are from 0 to {vocabularySize - 1}");
}
