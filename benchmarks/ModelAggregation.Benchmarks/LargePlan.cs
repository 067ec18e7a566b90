using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Benchmarks;

/// <summary>How long does it take to plan a merge of three models of 70 billion parameters from their headers, and what memory?</summary>
internal static class LargePlan
{
    private const int Layers = 80;
    private const int Rounds = 9;

    public static void Run(bool quick)
    {
        string folder = Directory.CreateTempSubdirectory("large-plan-").FullName;
        try
        {
            string[] models = [.. Enumerable.Range(0, 3).Select(index => SparseLlama.Write(Path.Combine(folder, $"model-{index}"), Layers))];
            MergeRecipe recipe = MergeRecipe.With("ties").Base(models[0])
                .Model(models[1], weight: 0.6, density: 0.3).Model(models[2], model => model.Parameter("weight", [0.2, 0.8]).Parameter("density", 0.5)).Build();
            Console.WriteLine($"{RuntimeInformation.FrameworkDescription}; {RuntimeInformation.OSDescription}; {Environment.ProcessorCount} cores.");

            Figures cold = Plan(recipe, write: true);
            Figures[] warm = [.. Enumerable.Range(0, quick ? 1 : Rounds).Select(_ => Plan(recipe))];
            Console.WriteLine();
            Console.WriteLine("| opening and planning | time | allocated | held by the plan |");
            Console.WriteLine("|---|---:|---:|---:|");
            Row("the first in the process", cold);
            Row($"median of {warm.Length} more", warm.OrderBy(figures => figures.Seconds).ElementAt(warm.Length / 2));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Figures Plan(MergeRecipe recipe, bool write = false)
    {
        long held = GC.GetTotalMemory(forceFullCollection: true);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        using MergePlan plan = new ModelMerger().Plan(recipe);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        held = GC.GetTotalMemory(forceFullCollection: true) - held;
        if (write)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{plan.Method.Name} of {plan.Models.Count} models in {plan.Models.Sum(model => model.Tensors.Files.Count)} files: {plan.Tensors.Count} tensors, {plan.ParameterCount / 1e9:F1} billion parameters, {plan.InputBytes / 1e9:F0} GB of inputs."));
        }

        GC.KeepAlive(plan);
        return new Figures(seconds, allocated, held);
    }

    private static void Row(string name, Figures figures) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {name} | {figures.Seconds * 1e3:F0} ms | {figures.Allocated / 1e6:F1} MB | {figures.Held / 1e6:F1} MB |"));

    private sealed record Figures(double Seconds, long Allocated, long Held);
}
