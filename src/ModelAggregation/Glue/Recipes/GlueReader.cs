using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;
using ModelAggregation.Zoo;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Glue.Recipes;

/// <summary>Reads recipes of pipelines from YAML nodes.</summary>
internal sealed partial class GlueReader(string? file) : ParameterNodeReader(file)
{
    private const string Pipeline = "A pipeline";
    private const string Empty = "The recipe is empty: it needs at least 'zoo' and 'output'.";

    private static readonly string[] Keys =
    [
        "title", "note", "zoo", "cluster", "search", "candidates", "dtype", "vocabulary", "tokenizer_source", "copy_singles", "mix", "prompts", "evaluation", "random_seed", "threads", "output",
    ];

    private static readonly string[] MixtureKeys =
        ["level", "name", "dense_layers", "experts_per_token", "gate_mode", "router", "input", "pooling", "router_layer"];

    /// <summary>Reads the only document of a text.</summary>
    public static GlueRecipe Read(string yaml, string? file)
    {
        GlueReader reader = new(file);
        List<YamlNode> documents = reader.Documents(yaml, Empty);
        return documents.Count > 1
            ? throw reader.Error(documents[1], "A pipeline is one YAML document; this is the second.")
            : reader.Recipe(documents[0]);
    }

    private GlueRecipe Recipe(YamlNode root)
    {
        if (YamlText.IsNull(root))
        {
            throw Error(root, Empty);
        }

        YamlMap map = Map(root, Pipeline, Keys);
        GlueRecipe recipe = new()
        {
            Zoo = Zoo(Required(map, "zoo", Pipeline)),
            Output = Text(Required(map, "output", Pipeline), "output"),
            OutputDataType = Type(map, "dtype"),
            Vocabulary = Word<VocabularyPolicy>(map, "vocabulary"),
            Seed = map.Find("random_seed") is { } seed ? Seed(seed) : 0,
        };
        recipe = Set(map, "title", recipe, (value, node) => value with { Title = Text(node, "title") });
        recipe = Set(map, "note", recipe, (value, node) => value with { Note = Text(node, "note") });
        recipe = Set(map, "cluster", recipe, Cluster);
        recipe = Set(map, "search", recipe, (value, node) => value with { Search = Search(node) });
        recipe = Set(map, "candidates", recipe, (value, node) => value with { Candidates = [.. Items(node, "candidates").Select(Candidate)] });
        recipe = Set(map, "tokenizer_source", recipe, (value, node) => value with { TokenizerSource = Text(node, "tokenizer_source") });
        recipe = Set(map, "copy_singles", recipe, (value, node) => value with { CopiesSingles = Truth(node, "copy_singles") });
        recipe = Set(map, "mix", recipe, (value, node) => value with { Mixtures = Mixtures(node) });
        recipe = Set(map, "prompts", recipe, (value, node) => value with { Prompts = [.. Items(node, "prompts").Select(Prompts)] });
        recipe = Set(map, "evaluation", recipe, (value, node) => value with { Evaluation = Evaluation(node) });
        return Set(map, "threads", recipe, (value, node) => value with { Threads = Whole(node, "threads") });
    }

    private GlueZoo Zoo(YamlNode node)
    {
        switch (node)
        {
            case YamlScalarNode:
                return GlueZoo.FromFolder(Text(node, "zoo"));
            case YamlSequenceNode:
                return new GlueZoo { Models = Texts(node, "zoo") };
            default:
                YamlMap map = Map(node, "'zoo'", ["folder", "models"]);
                GlueZoo zoo = Set(map, "folder", new GlueZoo(), (value, item) => value with { Folder = Text(item, "folder") });
                zoo = Set(map, "models", zoo, (value, item) => value with { Models = Texts(item, "models") });
                return zoo.Folder is null && zoo.Models.Count == 0 ? throw Error(node, "'zoo' needs 'folder' or 'models'.") : zoo;
        }
    }

    private GlueRecipe Cluster(GlueRecipe recipe, YamlNode node)
    {
        YamlMap map = Map(node, "'cluster'", ["measure", "part", "base", "linkage", "threshold"]);
        SimilarityOptions similarity = new() { Measure = Word<SimilarityMeasure>(map, "measure"), Part = Word<SimilarityPart>(map, "part") };
        similarity = Set(map, "base", similarity, (value, item) => value with { Base = Text(item, "base") });
        ClusteringOptions clustering = new() { Linkage = Word<ClusterLinkage>(map, "linkage") };
        clustering = Set(map, "threshold", clustering, (value, item) => value with { Threshold = Number(item, "threshold") });
        return recipe with { Similarity = similarity, Clustering = clustering };
    }

    private GlueCandidate Candidate(YamlNode node)
    {
        const string What = "A candidate";
        YamlMap map = Map(node, What, ["merge_method", "parameters"]);
        YamlNode method = Required(map, "merge_method", What);
        return At(method, "merge_method", () => new GlueCandidate(Text(method, "merge_method"))) with { Parameters = Parameters(map) };
    }

    private GlueMixture[] Mixtures(YamlNode node) => node switch
    {
        // The usual case is one: its level alone, or a map.
        _ when IsNone(node) => [],
        YamlSequenceNode => [.. Items(node, "mix").Select(Mixture)],
        _ => [Mixture(node)],
    };

    private GlueMixture Mixture(YamlNode node)
    {
        const string What = "A mixture";
        if (node is YamlScalarNode)
        {
            return new GlueMixture(Word<GlueMixtureLevel>(node, "mix"));
        }

        YamlMap map = Map(node, What, MixtureKeys);
        GlueMixture mixture = new(Word<GlueMixtureLevel>(Required(map, "level", What), "level")) { Router = Word<RouterKind>(map, "router"), Pooling = Word<RouterPooling>(map, "pooling") };
        mixture = Set(map, "name", mixture, (value, item) => value with { Name = Text(item, "name") });
        mixture = Set(map, "dense_layers", mixture, (value, item) => value with { DenseLayers = Whole(item, "dense_layers") });
        mixture = Set(map, "experts_per_token", mixture, (value, item) => value with { ExpertsPerToken = Whole(item, "experts_per_token") });
        mixture = Set(map, "gate_mode", mixture, (value, item) => value with { GateMode = Word<GateMode>(item, "gate_mode") });
        mixture = Set(map, "input", mixture, (value, item) => value with { Input = Word<RouterInput>(item, "input") });
        return Set(map, "router_layer", mixture, (value, item) => value with { RouterLayer = Whole(item, "router_layer") });
    }

    private GluePrompts Prompts(YamlNode node)
    {
        const string What = "The prompts of a task";
        YamlMap map = Map(node, What, ["task", "texts"]);
        return new GluePrompts(Text(Required(map, "task", What), "task"), Texts(Required(map, "texts", What), "texts"));
    }
}
