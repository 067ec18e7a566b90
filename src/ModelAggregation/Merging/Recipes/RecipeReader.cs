using System.Globalization;
using ModelTensors;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Reads recipes from YAML nodes.</summary>
internal sealed partial class RecipeReader(string? file) : ParameterNodeReader(file)
{
    private static readonly string[] Keys =
    [
        "merge_method", "base_model", "models", "slices", "modules", "parameters", "dtype", "out_dtype", "tokenizer_source",
        "random_seed", "non_finite", "on_mismatch", "integer_tensors", "vocabulary", "tokenizer", "chat_template", "name",
    ];

    private const string Empty = "The recipe is empty: it needs at least 'merge_method' and 'models', 'slices' or 'modules'.";

    /// <summary>Reads the only document of a text.</summary>
    public static MergeRecipe Read(string yaml, string? file)
    {
        RecipeReader reader = new(file);
        List<YamlNode> documents = reader.Documents(yaml, Empty);
        if (documents.Count > 1)
        {
            throw reader.Error(documents[1], "A recipe is one YAML document; this is the second. Stages are read with MergePipeline.");
        }

        return reader.Recipe(documents[0], isStage: false).Recipe;
    }

    /// <summary>Reads all documents of a text, each a stage.</summary>
    public static MergePipeline ReadStages(string yaml, string? file)
    {
        RecipeReader reader = new(file);
        List<YamlNode> documents = reader.Documents(yaml, Empty);
        MergeStage[] stages = [.. documents.Select(document => reader.Recipe(document, isStage: true))];
        foreach ((int stage, string message) in PipelineShape.Check(stages))
        {
            throw reader.Error(reader.NameOf(documents[stage]), message);
        }

        return new MergePipeline(stages);
    }

    private YamlNode NameOf(YamlNode document) => Map(document, "A recipe", allowed: null).Find("name") ?? document;

    private MergeStage Recipe(YamlNode root, bool isStage)
    {
        if (YamlText.IsNull(root))
        {
            throw Error(root, Empty);
        }

        YamlMap map = Map(root, "A recipe", Keys);
        YamlNode? name = map.Find("name");
        return isStage || name is null
            ? new MergeStage(name is null ? null : Text(name, "name"), Recipe(map))
            : throw Error(name, "'name' makes the recipe a stage; stages are read with MergePipeline.");
    }

    private MergeRecipe Recipe(YamlMap map)
    {
        return new MergeRecipe
        {
            Method = Text(Required(map, "merge_method", "A recipe"), "merge_method"),
            BaseModel = map.Find("base_model") is { } baseModel ? Text(baseModel, "base_model") : null,
            Models = Models(map),
            Slices = Slices(map),
            Modules = map.Find("modules") is { } modules ? [.. Map(modules, "'modules'", allowed: null).Entries.Select(entry => Module(entry.Name, entry.Value))] : [],
            Parameters = Parameters(map),
            DataType = Type(map, "dtype"),
            OutputDataType = Type(map, "out_dtype"),
            Seed = map.Find("random_seed") is { } seed ? Seed(seed) : 0,
            NonFinite = Policy<NonFinitePolicy>(map, "non_finite"),
            OnMismatch = Policy<MismatchPolicy>(map, "on_mismatch"),
            IntegerTensors = Policy<IntegerPolicy>(map, "integer_tensors"),
            Vocabulary = Policy<VocabularyPolicy>(map, "vocabulary"),
            Tokenizer = Tokenizer(map),
            ChatTemplate = map.Find("chat_template") is { } template ? ChatTemplate(template) : null,
        };
    }

    private MergeModule Module(string name, YamlNode node)
    {
        YamlMap map = Map(node, $"Module '{name}'", ["prefix", "base_model", "models", "slices", "parameters"]);
        return new MergeModule(name)
        {
            Prefixes = map.Find("prefix") switch
            {
                null => [],
                YamlSequenceNode list => [.. Items(list, "prefix").Select(item => Text(item, "prefix"))],
                { } single => [Text(single, "prefix")],
            },
            BaseModel = map.Find("base_model") is { } baseModel ? Text(baseModel, "base_model") : null,
            Models = Models(map),
            Slices = Slices(map),
            Parameters = Parameters(map),
        };
    }

    private MergeModel[] Models(YamlMap map) => map.Find("models") is { } models ? [.. Items(models, "models").Select(Model)] : [];

    private MergeSlice[] Slices(YamlMap map) => map.Find("slices") is { } slices ? [.. Items(slices, "slices").Select(Slice)] : [];

    private MergeModel Model(YamlNode node)
    {
        YamlMap map = Map(node, "An entry of 'models'", ["model", "statistics", "parameters"]);
        return new MergeModel(Text(Required(map, "model", "An entry of 'models'"), "model"), Parameters(map)) { Statistics = Statistics(map) };
    }

    private MergeSlice Slice(YamlNode node)
    {
        YamlMap map = Map(node, "An entry of 'slices'", ["sources", "parameters"], ["base_model", "residual_weight"]);
        YamlNode sources = Required(map, "sources", "An entry of 'slices'");
        return new MergeSlice([.. Items(sources, "sources").Select(Source)], Parameters(map));
    }

    private MergeSliceSource Source(YamlNode node)
    {
        YamlMap map = Map(node, "An entry of 'sources'", ["model", "layer_range", "statistics", "parameters"]);
        string model = Text(Required(map, "model", "An entry of 'sources'"), "model");
        YamlNode range = Required(map, "layer_range", "An entry of 'sources'");
        List<YamlNode> ends = Items(range, "layer_range");
        if (ends.Count != 2)
        {
            throw Error(range, $"'layer_range' has {ends.Count} values; it is [first layer, layer after the last].");
        }

        int start = Layer(ends[0]);
        int end = Layer(ends[1]);
        return start < end
            ? new MergeSliceSource(model, start, end, Parameters(map)) { Statistics = Statistics(map) }
            : throw Error(range, $"'layer_range' [{start}, {end}] is empty; it is [first layer, layer after the last].");
    }

    private string? Statistics(YamlMap map) => map.Find("statistics") is { } statistics ? Text(statistics, "statistics") : null;

    private int Layer(YamlNode node) =>
        int.TryParse(Text(node, "layer_range"), NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer
            : throw Error(node, $"'layer_range' has '{node}'; layers are whole numbers from 0.");
}
