using System.Security.Cryptography;
using ModelAggregation.Evaluation;
using ModelAggregation.Glue;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Tests.Mixture;
using ModelAggregation.Tests.Search;
using ModelAggregation.Zoo;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelAggregation.Tests.Glue;

/// <summary>A zoo of two families with a harmful model, evaluators of it, and outputs beside it.</summary>
internal sealed class GlueRig : IDisposable
{
    private static readonly float[] Target = [1, 1, 1, 1];

    private static readonly (string Name, float[] Values)[] Models =
    [
        ("a-base", [0.2f, 0.2f, 0.2f, 0.2f]), ("a-one", [2, 1, 0.5f, 0.5f]), ("a-two", [0.5f, 0.5f, 1.5f, 2]), ("a-bad", [9, 9, 2, 2]), ("b-one", [-1, 1, 1, -1]), ("b-two", [-1.2f, 2, 1, -1]),
    ];

    public TestFolder Folder { get; } = new();

    public GlueRig()
    {
        foreach ((string name, float[] values) in Models)
        {
            Write(name, values);
        }
    }

    public TargetEvaluator Proxy { get; set; } = Evaluator("proxy", Target);

    public TargetEvaluator HoldOut { get; set; } = Evaluator("held", [1.1f, 0.9f, 1.1f, 0.9f]);

    public GlueRecipe Recipe => new()
    {
        Title = "A test",
        Note = "Four numbers are no language model.",
        Zoo = "zoo",
        Clustering = new ClusteringOptions { Threshold = 0.3 },
        Search = new GlueSearch { Strategies = ["average", "coefficient"], Coefficients = [0.3, 0.5, 0.7], Bases = ["a-base"] },
        Candidates = [new GlueCandidate("task_arithmetic") { Parameters = ParameterSet.Empty.With("lambda", 0.6) }],
        Output = "out",
        Folder = Folder.Path,
    };

    public ModelGlue Glue => new(Services);

    public GlueServices Services => new() { Proxy = Proxy, HoldOut = HoldOut };

    public static TargetEvaluator Evaluator(string id, float[] target) => new(target)
    {
        Id = id,
        Tasks = [new TaskInfo("near", "minus squared distance") { Examples = [.. target.Select((_, index) => $"{id} {index}")] }],
    };

    /// <summary>Writes a model of the zoo, in the place of one of its name.</summary>
    public void Write(string name, float[] values)
    {
        Directory.CreateDirectory(Folder["zoo", name]);
        File.Delete(Folder["zoo", name, "model.safetensors"]);
        using TestModel model = new TestModel().Add(SearchZoo.Tensor, DataType.F32, [values.Length, 1], values);
        model.Write(Folder["zoo", name]);
    }

    /// <summary>Makes models of Llama's kind of the zoo's, of one layer with their numbers in it, so that they can be mixed.</summary>
    public void MakeLlamas()
    {
        foreach ((string name, float[] values) in Models)
        {
            Directory.Delete(Folder["zoo", name], recursive: true);
            using TestModel model = new() { Config = MixtureRig.Config(layers: 1, width: 1, inner: values.Length, vocabulary: 2, heads: 1, keyHeads: 1) };
            foreach ((string tensor, long[] shape) in MixtureRig.Tensors(layers: 1, width: 1, inner: values.Length, vocabulary: 2, keyWidth: 1))
            {
                model.Add(tensor, DataType.F32, shape, values.AsSpan(0, (int)shape.Aggregate(1L, (product, size) => product * size)).ToArray());
            }

            model.Write(Folder["zoo", name]);
        }
    }

    /// <summary>Hashes what a run leaves, but for the journals, which are in the order of the work.</summary>
    public Dictionary<string, string> Hash(string output) => Directory.GetFiles(Folder[output], "*", SearchOption.AllDirectories)
        .Where(path => !path.EndsWith(".journal", StringComparison.Ordinal))
        .ToDictionary(path => Path.GetRelativePath(Folder[output], path), path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), StringComparer.Ordinal);

    public void Dispose() => Folder.Dispose();
}
