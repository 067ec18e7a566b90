using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Glue.Recipes;

/// <content>Searches.</content>
internal sealed partial class GlueReader
{
    private static readonly string[] SearchKeys =
        ["strategies", "merge_method", "parameters", "base", "confidence", "minimum_gain", "coefficients", "max_evaluations", "workers", "failures"];

    private static readonly string[] StrategyKeys = ["label", "confidence", "merge_method", "parameters"];
    private static readonly string[] OptimizerKeys = ["evaluations", "weights", "parametrization", "densities", "ranges", "layer_groups", GlueWords.PruningConfidence];

    private GlueSearch Search(YamlNode node)
    {
        YamlMap map = Map(node, "'search'", SearchKeys);
        GlueSearch search = new() { Parameters = Parameters(map), Failures = Word<FailurePolicy>(map, "failures") };
        search = Set(map, "strategies", search, (value, item) => value with { Strategies = [.. Items(item, "strategies").Select(Strategy)] });
        search = Set(map, "merge_method", search, (value, item) => value with { Method = Text(item, "merge_method") });
        search = Set(map, "base", search, (value, item) => value with { Bases = item is YamlSequenceNode ? Texts(item, "base") : [Text(item, "base")] });
        search = Set(map, "confidence", search, (value, item) => value with { Confidence = Number(item, "confidence") });
        search = Set(map, "minimum_gain", search, (value, item) => value with { MinimumGain = Number(item, "minimum_gain") });
        search = Set(map, "coefficients", search, (value, item) => value with { Coefficients = Numbers(item, "coefficients") });
        search = Set(map, "max_evaluations", search, (value, item) => value with { MaxEvaluations = Whole(item, "max_evaluations") });
        return Set(map, "workers", search, (value, item) => value with { Workers = Whole(item, "workers") });
    }

    // A name alone, or a map of one name to its settings.
    private GlueStrategy Strategy(YamlNode node)
    {
        if (node is YamlScalarNode)
        {
            return At(node, "strategies", () => new GlueStrategy(Text(node, "strategies")));
        }

        YamlMap map = Map(node, "A strategy", [.. GlueStrategy.Names]);
        if (map.Entries is not [var (_, name, settings)])
        {
            throw Error(node, $"A strategy is a name, or a map of one name to its settings; this one has {map.Entries.Count}.");
        }

        GlueStrategy strategy = new(name);
        YamlMap own = Map(settings, $"'{name}'", [.. StrategyKeys, .. strategy.IsOptimizer ? OptimizerKeys : [], .. OwnKeys(name)]);
        strategy = Set(own, "confidence", strategy, (value, item) => value with { Confidence = Number(item, "confidence") });
        strategy = Set(own, "merge_method", strategy, (value, item) => value with { Method = Text(item, "merge_method"), Parameters = Parameters(own) });
        if (strategy.Method is null && own.Find("parameters") is { } parameters)
        {
            throw Error(parameters, "'parameters' are those of a strategy's own 'merge_method'.");
        }

        strategy = Set(own, "label", strategy, (value, item) => value with { Label = Text(item, "label") });
        strategy = Set(own, "levels", strategy, (value, item) => value with { Levels = Whole(item, "levels") });
        return strategy with { Variation = Variation(own), Evolution = Evolution(own) };
    }

    private static string[] OwnKeys(string strategy) => strategy switch { "cma-es" => ["population", "step_size", "restarts"], "grid" => ["levels"], _ => [] };

    private ParameterSearchOptions Variation(YamlMap map)
    {
        ParameterSearchOptions options = new() { Parametrization = Word<WeightParametrization>(map, "parametrization") };
        options = Set(map, "evaluations", options, (value, item) => value with { Evaluations = Whole(item, "evaluations") });
        options = Set(map, "weights", options, (value, item) => value with { Weights = Range(item, "weights") });
        options = Set(map, "densities", options, (value, item) => value with { Densities = Range(item, "densities") });
        options = Set(map, "ranges", options, (value, item) => value with
        {
            Parameters = Map(item, "'ranges'", allowed: null).Entries.ToDictionary(entry => entry.Name, entry => At(entry.Value, entry.Name, () => Range(entry.Value, entry.Name)), StringComparer.Ordinal),
        });
        options = Set(map, "layer_groups", options, (value, item) => value with { LayerGroups = Whole(item, "layer_groups") });
        return Set(map, GlueWords.PruningConfidence, options, (value, item) => value with { PruningConfidence = IsNone(item) ? null : Number(item, GlueWords.PruningConfidence) });
    }

    private CmaEsOptions Evolution(YamlMap map)
    {
        CmaEsOptions options = Set(map, "population", new CmaEsOptions(), (value, item) => value with { PopulationSize = Whole(item, "population") });
        options = Set(map, "step_size", options, (value, item) => value with { StepSize = Number(item, "step_size") });
        return Set(map, "restarts", options, (value, item) => value with { Restarts = Whole(item, "restarts") });
    }

    private SearchRange Range(YamlNode node, string key) =>
        Numbers(node, key) is [var low, var high] ? new SearchRange(low, high) : throw Error(node, $"'{key}' is a list of the lowest and the highest number.");
}
