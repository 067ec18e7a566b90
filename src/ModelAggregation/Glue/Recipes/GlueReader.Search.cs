using ModelAggregation.Search;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Glue.Recipes;

/// <content>Searches.</content>
internal sealed partial class GlueReader
{
    private static readonly string[] SearchKeys =
        ["strategies", "merge_method", "parameters", "base", "confidence", "minimum_gain", "coefficients", "workers", "failures"];

    private GlueSearch Search(YamlNode node)
    {
        Merging.Recipes.YamlMap map = Map(node, "'search'", SearchKeys);
        GlueSearch search = new() { Parameters = Parameters(map), Failures = Word<FailurePolicy>(map, "failures") };
        search = Set(map, "strategies", search, (value, item) => value with { Strategies = [.. Items(item, "strategies").Select(Strategy)] });
        search = Set(map, "merge_method", search, (value, item) => value with { Method = Text(item, "merge_method") });
        search = Set(map, "base", search, (value, item) => value with { Bases = item is YamlSequenceNode ? Texts(item, "base") : [Text(item, "base")] });
        search = Set(map, "confidence", search, (value, item) => value with { Confidence = Number(item, "confidence") });
        search = Set(map, "minimum_gain", search, (value, item) => value with { MinimumGain = Number(item, "minimum_gain") });
        search = Set(map, "coefficients", search, (value, item) => value with { Coefficients = Numbers(item, "coefficients") });
        return Set(map, "workers", search, (value, item) => value with { Workers = Whole(item, "workers") });
    }

    // A name alone, or a map of one name to its settings.
    private GlueStrategy Strategy(YamlNode node)
    {
        if (node is YamlScalarNode)
        {
            return At(node, () => new GlueStrategy(Text(node, "strategies")));
        }

        Merging.Recipes.YamlMap map = Map(node, "A strategy", [.. GlueStrategy.Names]);
        if (map.Entries is not [var (_, name, settings)])
        {
            throw Error(node, $"A strategy is a name, or a map of one name to its settings; this one has {map.Entries.Count}.");
        }

        Merging.Recipes.YamlMap own = Map(settings, $"'{name}'", ["confidence"]);
        return Set(own, "confidence", new GlueStrategy(name), (value, item) => value with { Confidence = Number(item, "confidence") });
    }
}
