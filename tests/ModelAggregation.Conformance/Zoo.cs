using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Conformance;

/// <summary>The trained models of samples/models, and the merges of them that are checked.</summary>
internal static class Zoo
{
    public const string Base = "a-base";
    public const ulong Seed = 20;

    public static readonly string[] Tuned = ["a-add", "a-reverse", "a-sort"];

    public static readonly double[] Weights = [0.5, 0.7, 0.3];

    public static readonly double[] Densities = [0.2, 0.35, 0.5];

    public static ModelMerger Merger { get; } = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [Path.Combine(AppContext.BaseDirectory, "zoo")] }));

    public static IReadOnlyDictionary<string, MergeRecipe> Recipes { get; } = new SortedDictionary<string, MergeRecipe>(StringComparer.Ordinal)
    {
        ["dare_ties"] = Task("dare_ties", withDensity: true).Build(),
        ["dare_ties_normalized"] = Task("dare_ties", withDensity: true).Parameter("normalize", true).Parameter("rescale_norm", "density").Build(),
        ["linear"] = Models(MergeRecipe.With("linear"), withDensity: false).Build(),
        ["passthrough"] = MergeRecipe.With("passthrough").Model("a-sort").Build(),
        ["slerp"] = MergeRecipe.With("slerp").Base(Base).Model("a-add").Parameter("t", [0.2, 0.8]).Build(),
        ["task_arithmetic"] = Task("task_arithmetic", withDensity: false).Parameter("lambda", 0.4).Build(),
        ["ties"] = Task("ties", withDensity: true).Parameter("tie_break", "lowest_index").Build(),
        ["ties_rescaled"] = Task("ties", withDensity: true).Parameter("tie_break", "lowest_index").Parameter("rescale", true).Parameter("normalize", false).Build(),
        ["ties_spread"] = Task("ties", withDensity: true).Build(),
    };

    public static IEnumerable<string> Names() => Recipes.Keys;

    public static Dictionary<string, byte[]> Merge(MergeRecipe recipe, int threads = 2, int tile = 1 << 16)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile });
        using MergePlan plan = Merger.Plan(recipe);
        using MergedModel output = Merger.MergeInMemory(plan, new MergeOptions { Device = device });
        return TensorBytes.ReadAll(output);
    }

    private static MergeRecipeBuilder Task(string method, bool withDensity) => Models(MergeRecipe.With(method).Base(Base), withDensity);

    private static MergeRecipeBuilder Models(MergeRecipeBuilder builder, bool withDensity)
    {
        for (int i = 0; i < Tuned.Length; i++)
        {
            builder.Model(Tuned[i], weight: Weights[i], density: withDensity ? Densities[i] : null);
        }

        return builder.Seed(Seed);
    }
}
