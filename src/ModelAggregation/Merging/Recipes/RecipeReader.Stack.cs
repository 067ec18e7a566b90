using ModelAggregation.Stacking;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <content>Recipes of stacks.</content>
internal sealed partial class RecipeReader
{
    private static readonly string[] StackKeys = ["models", "method", "dtype", "tokenizer"];

    /// <summary>Reads a recipe of a stack, the only document of a text.</summary>
    public static StackingRecipe ReadStack(string yaml, string? file)
    {
        RecipeReader reader = new(file);
        List<YamlNode> documents = reader.Documents(yaml, "The recipe is empty: it needs 'models'.");
        return documents.Count == 1 ? reader.Stack(documents[0]) : throw reader.Error(documents[1], "A recipe of a stack is one YAML document; this is the second.");
    }

    private StackingRecipe Stack(YamlNode root)
    {
        YamlMap map = Map(root, "A recipe of a stack", StackKeys);
        YamlNode list = Required(map, "models", "A recipe of a stack");
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
