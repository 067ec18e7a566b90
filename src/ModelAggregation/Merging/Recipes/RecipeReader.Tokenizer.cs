using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <content>The keys of vocabularies: <c>tokenizer_source</c>, <c>tokenizer</c>, <c>chat_template</c>.</content>
internal sealed partial class RecipeReader
{
    private MergeTokenizer? Tokenizer(YamlMap recipe)
    {
        if (recipe.Find("tokenizer_source") is { } source)
        {
            return recipe.Find("tokenizer") is { } other
                ? throw Error(other, "A recipe has 'tokenizer_source' or 'tokenizer', not both.")
                : new MergeTokenizer { Source = Text(source, "tokenizer_source") };
        }

        if (recipe.Find("tokenizer") is not { } node)
        {
            return null;
        }

        YamlMap map = Map(node, "'tokenizer'", ["source", "tokens", "pad_to_multiple_of"]);
        return new MergeTokenizer
        {
            Source = map.Find("source") is { } model ? Text(model, "source") : MergeTokenizer.Union,
            Tokens = map.Find("tokens") is { } tokens
                ? [.. Map(tokens, "'tokens'", allowed: null).Entries.Select(entry => Token(entry.Key, entry.Name, entry.Value))]
                : [],
            PadToMultipleOf = map.Find("pad_to_multiple_of") is { } multiple
                ? Number(multiple, "pad_to_multiple_of", least: 1, MergeTokenizer.LargestMultiple)
                : null,
        };
    }

    private MergeToken Token(YamlNode key, string token, YamlNode node)
    {
        if (token.Length == 0)
        {
            throw Error(key, "A token is empty.");
        }

        string what = $"Token '{token}'";
        YamlMap map = Map(node, what, ["source", "force"]);
        return new MergeToken(
            token,
            map.Find("source") is { } source ? Source(source, what) : null,
            map.Find("force") is { } force && Flag(force, "force"));
    }

    private TokenSource Source(YamlNode node, string what)
    {
        if (node is YamlScalarNode)
        {
            return TokenSource.OfModel(Reference(node, "source"));
        }

        YamlMap map = Map(node, $"The source of {what}", ["kind", "model", "token", "token_id"]);
        YamlNode kind = Required(map, "kind", $"The source of {what}");
        switch (Text(kind, "kind"))
        {
            case "zero":
                return map.Entries.Count == 1 ? TokenSource.Zero : throw Error(node, $"The source of {what} is 'zero', which has no other keys.");
            case "model_token":
                string model = Reference(Required(map, "model", $"The source of {what}"), "model");
                return (map.Find("token"), map.Find("token_id")) switch
                {
                    ({ } token, null) => TokenSource.OfToken(model, Text(token, "token")),
                    (null, { } id) => TokenSource.OfToken(model, Number(id, "token_id", least: 0, ModelTensors.Tokenizers.Vocabulary.LargestId)),
                    _ => throw Error(node, $"The source of {what} has either 'token' or 'token_id'."),
                };
            default:
                throw Error(kind, $"'kind' is '{kind}'; allowed are model_token, zero.");
        }
    }

    private string Reference(YamlNode node, string key) =>
        Text(node, key) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Error(node, $"'{key}' is empty; it is a model's reference.");

    private string ChatTemplate(YamlNode node) =>
        Text(node, "chat_template") is var text && ChatTemplates.Check(text) is { } problem ? throw Error(node, problem) : text;
}
