using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;
using ModelTensors.Safetensors;

namespace ModelAggregation.Conformance;

/// <summary>Ten trained adapters of a model, folded while merging: their mean is known in double, and what each adds is computed here in double.</summary>
public sealed class AdapterConformanceTests
{
    private static readonly int[] Examples = [1200, 900, 1000, 500, 500, 600, 300, 300, 300, 250];

    private static readonly ModelResolver Models = new(new ModelResolverOptions
    {
        BaseFolders = [Path.Combine(AppContext.BaseDirectory, "zoo"), Path.Combine(AppContext.BaseDirectory, "Adapters")],
    });

    [Test]
    public void LinearMerge_OfAdaptersByTheirExamples_IsTheBasePlusTheGoldenAggregate()
    {
        MergeRecipeBuilder builder = MergeRecipe.With("linear").OutputType(DataType.F32);
        for (int client = 0; client < Examples.Length; client++)
        {
            builder.Model($"a-base+{client}", weight: Examples[client]);
        }

        using MergedModel merged = Merge(builder.Build(), 2, 61);
        using TensorSet origin = Models.Open("a-base");
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Adapters", "aggregate.safetensors"));
        using (Assert.EnterMultipleScope())
        {
            foreach (string name in origin.Names)
            {
                float[] start = TensorBytes.Singles(origin, name);
                float[] delta = golden.TryGet(name, out TensorSource? source) ? TensorBytes.Singles(source) : new float[start.Length];
                float[] actual = TensorBytes.Singles(merged, name);
                double worst = Enumerable.Range(0, start.Length).Max(i => Math.Abs(actual[i] - ((double)start[i] + delta[i])) / Math.Max(Math.Abs(start[i]), 0.01));
                Assert.That(worst, Is.LessThan(2e-6), name);
            }
        }
    }

    [Test]
    public void Open_OfModelAndAdapter_ReadsWhatDoubleArithmeticGives([Range(0, 9)] int client)
    {
        using TensorSet adapted = Models.Open($"a-base+{client}");
        using TensorSet origin = Models.Open("a-base");
        using LoraAdapter adapter = ((IModelResolver)Models).OpenAdapter($"{client}");
        Assert.That(adapter.Modules, Has.Count.EqualTo(6));
        foreach (LoraModule module in adapter.Modules)
        {
            float[] a = TensorBytes.Singles(module.A);
            float[] b = TensorBytes.Singles(module.B);
            float[] start = TensorBytes.Singles(origin, module.WeightName);
            float[] actual = TensorBytes.Singles(adapted, module.WeightName);
            (int rank, int columns) = ((int)module.Rank, (int)module.A.Shape[1]);
            for (int i = 0; i < start.Length; i++)
            {
                (int row, int column) = Math.DivRem(i, columns);
                double delta = Enumerable.Range(0, rank).Sum(k => (double)b[(row * rank) + k] * a[(k * columns) + column]);
                double magnitude = Enumerable.Range(0, rank).Sum(k => Math.Abs((double)b[(row * rank) + k] * a[(k * columns) + column]));
                double bound = Math.Abs(start[i] + (2 * delta)) * Math.ScaleB(1, -24) * 1.001 + (2 * magnitude * rank * Math.ScaleB(1, -23)) + 1e-12;
                Assert.That(actual[i], Is.EqualTo(start[i] + (2 * delta)).Within(bound), $"{module.Path}[{row}, {column}]");
            }
        }
    }

    [Test]
    public void Merge_OfAdaptedModels_GivesTheSameBytesOnAnyThreadsAndTiles()
    {
        MergeRecipe recipe = MergeRecipe.With("ties").Base("a-base")
            .Model("a-base+0", weight: 1, density: 0.5).Model("a-base+3", weight: 0.5, density: 0.3).Model("a-sort+1", weight: 0.5, density: 0.3).Build();
        Dictionary<string, byte[]>? first = null;
        foreach ((int threads, int tile) in (ReadOnlySpan<(int, int)>)[(1, 65_536), (1, 61), (2, 61), (7, 65_536), (7, 61)])
        {
            using MergedModel merged = Merge(recipe, threads, tile);
            Dictionary<string, byte[]> bytes = TensorBytes.ReadAll(merged);
            first ??= bytes;
            foreach ((string name, byte[] values) in bytes)
            {
                Assert.That(values.AsSpan().SequenceEqual(first[name]), $"other bytes of {name} with {threads} threads and tiles of {tile}");
            }
        }
    }

    [Test]
    public void Merge_OfAnAdaptedModel_IsWrittenInTheTypeOfTheModel()
    {
        using MergePlan plan = new ModelMerger(Models).Plan(MergeRecipe.With("passthrough").Model("a-base+5").Build());
        Assert.That(plan.Tensors.Select(tensor => tensor.Output.DataType).Distinct(), Is.EqualTo([DataType.BF16]));
    }

    private static MergedModel Merge(MergeRecipe recipe, int threads, int tile)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile });
        ModelMerger merger = new(Models);
        using MergePlan plan = merger.Plan(recipe);
        return merger.MergeInMemory(plan, new MergeOptions { Device = device });
    }
}
