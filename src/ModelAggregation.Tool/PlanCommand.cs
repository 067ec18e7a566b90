using System.CommandLine;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Tool;

/// <summary><c>plan</c>: what a recipe will do, from headers alone, or everything that is wrong with it.</summary>
internal static class PlanCommand
{
    private static readonly Argument<string> Recipe = SharedOptions.Recipe();
    private static readonly Option<int> Threads = SharedOptions.Threads();
    private static readonly Option<long> Memory = SharedOptions.Memory(256L << 20);
    private static readonly Option<int> Tensors = new("--tensors")
    {
        Description = "The largest number of tensors to list.",
        DefaultValueFactory = _ => int.MaxValue,
    };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Command command = new("plan", "Prints what a recipe will do, tensor by tensor, from headers alone; reports every problem at once.")
        {
            Recipe, Threads, Memory, Tensors,
        };
        command.Runs("Interrupted.", (parsed, cancellationToken) =>
        {
            string path = parsed.GetRequiredValue(Recipe);
            using MergePipelinePlan plan = SharedOptions.MergerFor(path).Plan(MergePipeline.Load(path), cancellationToken);
            MergeOptions options = new() { Threads = parsed.GetValue(Threads), WorkingMemory = parsed.GetValue(Memory) };
            Write(plan, options, Math.Max(0, parsed.GetValue(Tensors)));
        });
        return command;
    }

    /// <summary>Writes a plan and the memory it takes.</summary>
    public static void Write(MergePipelinePlan plan, MergeOptions options, int maxTensors = int.MaxValue)
    {
        Console.Write(plan.Describe(maxTensors));
        Console.WriteLine($"working memory at most {ByteSize.Format(plan.Stages.Max(stage => ModelMerger.EstimateMemory(stage.Plan, options)))}");
    }
}
