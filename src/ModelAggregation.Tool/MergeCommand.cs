using System.CommandLine;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Tool;

/// <summary>The root command: merges models by a recipe file.</summary>
internal static class MergeCommand
{
    private static readonly Argument<string> Recipe = SharedOptions.Recipe();
    private static readonly Argument<string> Output = new("output-folder") { Description = "The folder of the merged model; it appears when the merge is complete." };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "The seed of random masks, instead of the recipe's." };
    private static readonly Option<int> Threads = SharedOptions.Threads();
    private static readonly Option<long> Memory = SharedOptions.Memory(256L << 20);
    private static readonly Option<long> ShardSize = SharedOptions.Size("--shard-size", "The largest size of a tensor file.", 5_000_000_000, 1);
    private static readonly Option<string?> IntermediateDir = new("--intermediate-dir") { Description = "The folder for the outputs of named stages; <output-folder>.stages by default." };
    private static readonly Option<long> IntermediateMemory = SharedOptions.Size("--intermediate-memory", "How much of the stages' outputs may be kept in memory instead; none by default.", 0, 1);
    private static readonly Option<bool> PlanOnly = new("--plan") { Description = "Print the plan, tensor by tensor, and stop." };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace a checkpoint that is already in the output folder." };
    private static readonly Option<bool> HashInputs = new("--hash-inputs") { Description = "Put the SHA-256 of the whole input files into the model card." };

    /// <summary>Makes the command.</summary>
    public static RootCommand Create()
    {
        RootCommand command = new("Merges LLM checkpoints by a recipe. Model paths are relative to the recipe's folder, then to the current one; other names are looked up in the Hugging Face cache.")
        {
            Recipe, Output, Seed, Threads, Memory, ShardSize, IntermediateDir, IntermediateMemory, PlanOnly, Overwrite, HashInputs,
        };
        command.Runs("Interrupted. The same command continues the merge.", Merge);
        return command;
    }

    private static void Merge(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(Recipe);
        MergePipeline pipeline = MergePipeline.Load(path);
        if (parsed.GetValue(Seed) is { } seed)
        {
            pipeline = new MergePipeline([.. pipeline.Stages.Select(stage => stage with { Recipe = stage.Recipe with { Seed = seed } })]);
        }

        ModelMerger merger = SharedOptions.MergerFor(path);
        using MergePipelinePlan plan = merger.Plan(pipeline, cancellationToken);
        MergeOptions options = new()
        {
            Threads = parsed.GetValue(Threads),
            WorkingMemory = parsed.GetValue(Memory),
            ShardSize = parsed.GetValue(ShardSize),
            IntermediateFolder = parsed.GetValue(IntermediateDir),
            IntermediateMemory = parsed.GetValue(IntermediateMemory),
            Overwrite = parsed.GetValue(Overwrite),
            HashInputs = parsed.GetValue(HashInputs),
        };
        if (parsed.GetValue(PlanOnly))
        {
            PlanCommand.Write(plan, options);
            return;
        }

        foreach (string warning in plan.Warnings)
        {
            Console.Error.WriteLine($"Warning: {warning}");
        }

        MergePipelineReport report = ProgressBar.Run(progress => merger.Merge(plan, parsed.GetRequiredValue(Output), options, progress, cancellationToken));
        foreach (MergeStageReport stage in report.Stages)
        {
            Tell(stage);
        }
    }

    private static void Tell(MergeStageReport stage)
    {
        string name = stage.Name is null ? string.Empty : $"Stage '{stage.Name}': ";
        if (stage.Report is not { } report)
        {
            Console.WriteLine($"{name}{(stage.Outcome == MergeStageOutcome.Reused ? "complete already" : "not needed, what is made of it is complete already")}");
            return;
        }

        foreach (NonFiniteCount count in report.NonFinite)
        {
            Console.Error.WriteLine($"Warning: {name}{count.Count} NaN or infinite elements in tensor '{count.Tensor}' of {count.Model ?? "the result"}.");
        }

        string resumed = report.ResumedTensorCount > 0 ? $", {report.ResumedTensorCount} of them by an interrupted run" : string.Empty;
        Console.WriteLine(
            $"{name}Merged {report.TensorCount} tensors{resumed} ({ByteSize.Format(report.OutputBytes)}) in {report.Elapsed.TotalSeconds:0.0} s into {report.Folder ?? "memory"}");
    }
}
