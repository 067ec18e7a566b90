using Microsoft.Extensions.Logging;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>Runs merges as a user does.</summary>
internal static class MergeRig
{
    public static ModelMerger Merger(params (string Name, TestModel Model)[] models) =>
        new(new MemoryModelResolver(models.Select(model => KeyValuePair.Create<string, TensorSet>(model.Name, model.Model.ToSet()))));

    public static Dictionary<string, byte[]> Merge(MergeRecipe recipe, params (string Name, TestModel Model)[] models)
    {
        ModelMerger merger = Merger(models);
        using MergePlan plan = merger.Plan(recipe);
        using MergedModel output = merger.MergeInMemory(plan, new MergeOptions { Threads = 2 });
        return TensorBytes.ReadAll(output);
    }

    /// <summary>Merges and returns the elements of tensor "w".</summary>
    public static float[] Values(MergeRecipe recipe, params (string Name, TestModel Model)[] models)
    {
        ModelMerger merger = Merger(models);
        using MergePlan plan = merger.Plan(recipe);
        using MergedModel output = merger.MergeInMemory(plan, new MergeOptions { Threads = 2 });
        return TensorBytes.Singles(output, "w");
    }

    public static TestModel W(params ReadOnlySpan<float> values) => new TestModel().Add("w", values);

    /// <summary>Makes a model of random weights, large enough for several tiles and several flushes of the journal.</summary>
    public static TestModel Random(int seed, int tensors = 6, int length = 300_000, DataType type = DataType.F32)
    {
        Random random = new(seed);
        TestModel model = new();
        for (int tensor = 0; tensor < tensors; tensor++)
        {
            float[] values = new float[length + tensor];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)((random.NextDouble() * 2) - 1);
            }

            model.Add($"layers.{tensor}.weight", type, [values.Length], values);
        }

        return model;
    }

    /// <summary>Writes random models to folders "base", "a" and "b", in several files each.</summary>
    public static void WriteModels(TestFolder folder, DataType type = DataType.F32)
    {
        foreach ((string name, int seed) in (ReadOnlySpan<(string, int)>)[("base", 1), ("a", 2), ("b", 3)])
        {
            using TestModel model = Random(seed, type: type);
            model.Write(folder[name], shards: 2);
        }
    }

    public static MergeRecipe Ties(TestFolder folder) => MergeRecipe.With("ties").Base(folder["base"])
        .Model(folder["a"], weight: 1, density: 0.3).Model(folder["b"], weight: 0.5, density: 0.6).Build();
}

/// <summary>Calls back at once, on the thread that reports.</summary>
internal sealed class Reaction(Action<MergeProgress> react) : IProgress<MergeProgress>
{
    public void Report(MergeProgress value) => react(value);
}

/// <summary>Keeps log lines.</summary>
internal sealed class ListLogger : ILogger<ModelMerger>
{
    public List<(LogLevel Level, string Text)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add((logLevel, formatter(state, exception)));
}
