using System.Globalization;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Mixture;

/// <summary>Reads recipes of mixtures from YAML nodes.</summary>
internal sealed class MixtureRecipeReader(string? file) : YamlNodeReader(file)
{
    private const string Empty = "The recipe is empty: it needs at least 'base_model' and 'experts'.";
    private const int LargestNumber = 1 << 20;

    private static readonly string[] Keys =
    [
        "base_model", "experts", "gate_mode", "dtype", "experts_per_token", "level", "dense_layers", "router", "router_hidden_size", "input", "pooling", "layout",
        "random_seed",
    ];

    private static readonly string[] ExpertKeys = ["source_model", "positive_prompts", "negative_prompts", "noise_scale", "residual_scale"];

    /// <summary>Reads the only document of a text.</summary>
    public static MixtureRecipe Read(string yaml, string? file)
    {
        MixtureRecipeReader reader = new(file);
        List<YamlNode> documents = reader.Documents(yaml, Empty);
        return documents.Count == 1
            ? reader.Recipe(documents[0])
            : throw reader.Error(documents[1], "A recipe is one YAML document; this is the second.");
    }

    private MixtureRecipe Recipe(YamlNode root)
    {
        if (YamlText.IsNull(root))
        {
            throw Error(root, Empty);
        }

        YamlMap map = Map(root, "A recipe of a mixture", allowed: null);
        Refuse(map, "shared_experts", "experts that always compute have no place in a mixture of these levels");
        Refuse(map, "architecture", "mixtures are written as Mixtral and its hybrids");
        map = Map(root, "A recipe of a mixture", Keys);
        YamlNode experts = Required(map, "experts", "A recipe of a mixture");
        return new MixtureRecipe
        {
            Level = Word(map, "level", MixtureWords.Levels),
            DenseModel = Text(Required(map, "base_model", "A recipe of a mixture"), "base_model"),
            Experts = [.. Items(experts, "experts").Select(Expert)],
            DenseLayers = map.Find("dense_layers") is { } layers ? Number(layers, "dense_layers", 0, LargestNumber) : 0,
            ExpertsPerToken = map.Find("experts_per_token") is { } chosen ? Number(chosen, "experts_per_token", 1, LargestNumber) : null,
            GateMode = GateMode(map),
            Router = Policy<RouterKind>(map, "router"),
            RouterHiddenSize = map.Find("router_hidden_size") is { } hidden ? Number(hidden, "router_hidden_size", 1, LargestNumber) : MixtureRecipe.DefaultRouterHiddenSize,
            Input = map.Find("input") is null ? null : Policy<RouterInput>(map, "input"),
            Pooling = Policy<RouterPooling>(map, "pooling"),
            OutputDataType = Type(map, "dtype"),
            Layout = Policy<MixtureLayout>(map, "layout"),
            Seed = map.Find("random_seed") is { } seed ? Seed(seed) : 0,
        };
    }

    private MixtureExpert Expert(YamlNode node)
    {
        YamlMap map = Map(node, "An entry of 'experts'", ExpertKeys);
        return new MixtureExpert(Text(Required(map, "source_model", "An entry of 'experts'"), "source_model"))
        {
            PositivePrompts = Prompts(map, "positive_prompts"),
            NegativePrompts = Prompts(map, "negative_prompts"),
            NoiseScale = Real(map, "noise_scale", least: 0) ?? 0,
            ResidualScale = Real(map, "residual_scale", double.MinValue) ?? 1,
        };
    }

    private string[] Prompts(YamlMap map, string key) => map.Find(key) is { } prompts ? [.. Items(prompts, key).Select(prompt => Text(prompt, key))] : [];

    private GateMode GateMode(YamlMap map)
    {
        // Model-GLUE ships a file with this word, which no program understands.
        if (map.Find("gate_mode") is YamlScalarNode { Value: "mlp" } node)
        {
            throw Error(node, "'gate_mode' is 'mlp', which is a kind of router: write 'router: mlp' and say with 'gate_mode' where its weights come from, such as 'fitted'.");
        }

        return Word(map, "gate_mode", MixtureWords.GateModes);
    }

    private T Word<T>(YamlMap map, string key, (string Word, T Value)[] words)
        where T : struct, Enum
    {
        if (map.Find(key) is not { } node)
        {
            return default;
        }

        string word = Text(node, key);
        string[] allowed = [.. words.Select(item => item.Word)];
        return MixtureWords.Find(words, word) ?? throw Error(node, $"'{key}' is '{word}'; allowed are {string.Join(", ", allowed)}.{NearestName.Suggest(word, allowed)}");
    }

    private double? Real(YamlMap map, string key, double least)
    {
        if (map.Find(key) is not { } node)
        {
            return null;
        }

        double value = node is YamlScalarNode scalar && YamlText.Value(scalar) is { Kind: ParameterKind.Number } number ? number.ToNumber() : double.NaN;
        return double.IsFinite(value) && value >= least
            ? value
            : throw Error(node, $"'{key}' is {Kind(node)}; it is a finite number{(least > double.MinValue ? string.Create(CultureInfo.InvariantCulture, $" of at least {least}") : string.Empty)}.");
    }

    private void Refuse(YamlMap map, string key, string why)
    {
        foreach ((YamlNode node, string name, YamlNode value) in map.Entries)
        {
            if (string.Equals(name, key, StringComparison.Ordinal) && !YamlText.IsNull(value))
            {
                throw Error(node, $"'{key}' is not supported: {why}.");
            }
        }
    }
}
