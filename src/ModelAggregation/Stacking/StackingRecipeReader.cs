using ModelAggregation.Merging.Recipes;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Stacking;

/// <summary>Reads recipes of stacks from YAML nodes.</summary>
internal sealed class StackingRecipeReader(string? file) : YamlNodeReader(file)
{
    private const string What = "A recipe of a stack";

    private static readonly string[] Keys = ["models", "method", "dtype", "tokenizer"];

    /// <summary>Reads the only document of a text.</summary>
    public StackingRecipe Read(string yaml)
    {
        List<YamlNode> documents = Documents(yaml, $"{What} is empty: it needs at least 'models'.");
        return documents.Count == 1 ? Read(Map(documents[0], What, Keys)) : throw Error(documents[1], $"{What} is one YAML document; this is the second.");
    }

    private StackingRecipe Read(YamlMap map)
    {
        YamlNode list = Required(map, "models", What);
        string[] models = [.. Items(list, "models").Select(item => Text(item, "models"))];
        return new StackingRecipe
        {
            Models = models.Length >= 2 ? models : throw Error(list, $"A stack is of at least two models, not {models.Length}."),
            Method = Policy<StackMethod>(map, "method"),
            OutputDataType = Type(map, "dtype"),
            TokenizerModel = map.Find("tokenizer") is { } tokenizer ? Text(tokenizer, "tokenizer") : null,
        };
    }
}
