using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Planning;

/// <summary>Reads what kind of mixture a checkpoint is, and checks that the tensors are there.</summary>
internal sealed class MixtureShapeReader
{
    // Numbers beyond these are damage, not models.
    private const int MostLayers = 4096;
    private const int MostExperts = 1024;
    private const long LargestSize = 1 << 24;
    private const int DefaultExpertsPerToken = 2;

    // A configuration of a few bytes can ask for millions of tensors: so many missing ones are enough to refuse it.
    private const int MostMissing = 1000;

    private readonly TensorSet _tensors;
    private readonly JsonObject _config;
    private readonly MixtureFindings _findings = new();

    private MixtureShapeReader(TensorSet tensors, JsonObject config)
    {
        _tensors = tensors;
        _config = config;
    }

    /// <summary>Reads the shape.</summary>
    /// <exception cref="MixtureException">The checkpoint is no mixture, or not what its configuration says.</exception>
    public static MixtureShape Read(TensorSet tensors, string folder)
    {
        if (tensors.Config?.ToDocument() is not { } config)
        {
            throw new MixtureException([new MixtureProblem(MixtureProblemKind.NotAMixture, $"'{folder}' has no config.json.")], folder);
        }

        MixtureShapeReader reader = new(tensors, config);
        MixtureShape? shape = reader.Read();
        return shape is null || reader._findings.Problems.Count > 0 ? throw new MixtureException(reader._findings.Problems, folder) : shape;
    }

    private MixtureShape? Read()
    {
        int? layers = Number("num_hidden_layers", whenAbsent: null, 1, MostLayers);
        int? experts = Number("num_local_experts", whenAbsent: null, 1, MostExperts);
        int? chosen = Number("num_experts_per_tok", DefaultExpertsPerToken, 1, experts ?? MostExperts);
        int? dense = Number("num_dense_layers", whenAbsent: 0, 0, layers ?? MostLayers);
        if (layers is null || experts is null || chosen is null || dense is null || Level() is not { } level)
        {
            return null;
        }

        if (level == MixtureLevel.Model && dense == layers)
        {
            Fail($"'num_dense_layers' is {dense}, which leaves no layer to mix; at model level it is below {layers}");
            return null;
        }

        bool isSample = level != MixtureLevel.FeedForward || (_config["sentence_routing"] is JsonValue value && value.TryGetValue(out bool flag) && flag);
        MixtureShape shape = new()
        {
            Level = level,
            Layout = level == MixtureLevel.FeedForward && dense < layers && Has(MixtureNames.Layer(dense.Value) + MixtureNames.GateUp) ? MixtureLayout.Packed : MixtureLayout.Classic,
            LayerCount = layers.Value,
            DenseLayerCount = dense.Value,
            ExpertCount = experts.Value,
            ExpertsPerToken = chosen.Value,
            Input = isSample ? RouterInput.Sample : RouterInput.Token,
            Pooling = Word("sequence_pooler", MixtureWords.Poolers) ?? RouterPooling.Mean,
            Router = Word("router_type", [.. Enum.GetValues<RouterKind>().Select(kind => (RecipeWords.Word(kind), kind))]) ?? RouterKind.Linear,
        };
        CheckRouters(shape);
        if (_findings.Problems.Count == 0)
        {
            CheckExperts(shape);
        }

        return shape;
    }

    private MixtureLevel? Level()
    {
        if (Word("mixture_level", MixtureWords.Levels) is { } said)
        {
            return said;
        }

        // Block and model level have the same word in Model-GLUE: where the router stands tells them apart.
        string? type = Text("model_type");
        MixtureLevel? level = type switch
        {
            "mixtral" or "mixtral_hybrid" => MixtureLevel.FeedForward,
            "mixtral_block_level" => Has($"{MixtureNames.ModelGate}.weight") || Has($"{MixtureNames.ModelGate}.0.weight") ? MixtureLevel.Model : MixtureLevel.Block,
            _ => null,
        };
        if (level is null)
        {
            Fail($"'model_type' is '{type ?? "missing"}'; mixtures are 'mixtral', 'mixtral_hybrid' and 'mixtral_block_level'");
        }

        return level;
    }

    private void CheckRouters(MixtureShape shape)
    {
        string suffix = shape.Router == RouterKind.Linear ? "weight" : "2.weight";
        AddMissing(
            shape.RouterPaths.Select(path => $"{path}.{suffix}").Where(name => !_tensors.TryGet(name, out TensorSource? source) || source.Shape.Rank != 2 || source.Shape[0] != shape.ExpertCount),
            $"a row for each of {shape.ExpertCount} experts");
    }

    private void CheckExperts(MixtureShape shape)
    {
        if (shape.Level != MixtureLevel.FeedForward)
        {
            AddMissing(
                shape.MixedLayers
                    .SelectMany(layer => Enumerable.Range(0, shape.ExpertCount).Select(expert => $"{MixtureNames.Expert(shape.Level, layer, expert)}{MixtureNames.FeedForwardSuffixes[0]}"))
                    .Where(name => !Has(name)),
                "the layers of its experts");
            return;
        }

        if (shape.DenseLayerCount == shape.LayerCount)
        {
            return;
        }

        if (shape.MixedLayers.Select(layer => Size(shape, layer)).FirstOrDefault(known => known is not null) is not { } size)
        {
            Fail($"it has no experts in layer {shape.DenseLayerCount}, neither classic nor packed ones");
            return;
        }

        AddMissing(
            shape.MixedLayers
                .SelectMany(layer => Matrices(shape, layer, size))
                .Where(tensor => !_tensors.TryGet(tensor.Name, out TensorSource? source) || source.Shape != tensor.Shape)
                .Select(tensor => tensor.Name),
            "its experts with one size for all");
    }

    private static IEnumerable<(string Name, TensorShape Shape)> Matrices(MixtureShape shape, int layer, (long Width, long Inner) size) => shape.Layout == MixtureLayout.Classic
        ? Enumerable.Range(0, shape.ExpertCount).SelectMany(expert => MixtureNames.Matrices(layer, expert, size.Width, size.Inner))
        :
        [
            (MixtureNames.Layer(layer) + MixtureNames.GateUp, new TensorShape(shape.ExpertCount, 2 * size.Inner, size.Width)),
            (MixtureNames.Layer(layer) + MixtureNames.Down, new TensorShape(shape.ExpertCount, size.Width, size.Inner)),
        ];

    // The first expert says it for all.
    private (long Width, long Inner)? Size(MixtureShape shape, int layer)
    {
        string name = MixtureNames.Layer(layer) + MixtureNames.Down;
        int skipped = 1;
        if (shape.Layout == MixtureLayout.Classic)
        {
            name = $"{MixtureNames.Expert(MixtureLevel.FeedForward, layer, 0)}.w2.weight";
            skipped = 0;
        }

        return _tensors.TryGet(name, out TensorSource? source) && source.Shape.Rank == 2 + skipped && IsSize(source.Shape[skipped]) && IsSize(source.Shape[skipped + 1])
            ? (source.Shape[skipped], source.Shape[skipped + 1])
            : null;
    }

    private static bool IsSize(long size) => size is >= 1 and <= LargestSize;

    private bool Has(string name) => _tensors.TryGet(name, out _);

    private void AddMissing(IEnumerable<string> missing, string what)
    {
        string[] names = [.. missing.Take(MostMissing)];
        string end = names.Length == MostMissing ? ", and perhaps others" : string.Empty;
        _findings.AddForTensors(MixtureProblemKind.NotAMixture, names, named => $"The mixture lacks {what}, or they have other shapes than its configuration says: {named}{end}.");
    }

    private string? Text(string key) => _config[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    // Null and a problem for a word that is not known.
    private T? Word<T>(string key, (string Word, T Value)[] words)
        where T : struct, Enum
    {
        if (_config[key] is not { } node)
        {
            return null;
        }

        T? found = MixtureWords.Find(words, Text(key));
        if (found is null)
        {
            Fail($"'{key}' is {node.ToJsonString()}; known are {string.Join(", ", words.Select(item => item.Word))}");
        }

        return found;
    }

    private int? Number(string key, int? whenAbsent, int least, int most)
    {
        if (_config[key] is not { } node)
        {
            if (whenAbsent is null)
            {
                Fail($"it has no '{key}'");
            }

            return whenAbsent;
        }

        if (node is JsonValue value && value.TryGetValue(out int number) && number >= least && number <= most)
        {
            return number;
        }

        Fail($"'{key}' is {node.ToJsonString()}; it is a whole number from {least} to {most}");
        return null;
    }

    private void Fail(string what) => _findings.Add(MixtureProblemKind.NotAMixture, $"This is no mixture that can be read: {what}.");
}
