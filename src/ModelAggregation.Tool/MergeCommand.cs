using System.CommandLine;
using System.CommandLine.Parsing;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Checkpoints;
using Spectre.Console;

namespace ModelAggregation.Tool;

/// <summary>The command line: merges models by a recipe file.</summary>
public static class MergeCommand
{
    private static readonly Argument<string> Recipe = new("recipe") { Description = "The recipe: a mergekit YAML file; several documents in it are stages." };
    private static readonly Argument<string> Output = new("output-folder") { Description = "The folder of the merged model; it appears when the merge is complete." };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "The seed of random masks, instead of the recipe's." };
    private static readonly Option<int> Threads = new("--threads") { Description = "The number of threads.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private static readonly Option<long> Memory = Size("--memory", "The working memory.", 256L << 20, 1 << 20);
    private static readonly Option<long> ShardSize = Size("--shard-size", "The largest size of a tensor file.", 5_000_000_000, 1);
    private static readonly Option<string?> IntermediateDir = new("--intermediate-dir") { Description = "The folder for the outputs of named stages; <output-folder>.stages by default." };
    private static readonly Option<long> IntermediateMemory = Size("--intermediate-memory", "How much of the stages' outputs may be kept in memory instead; none by default.", 0, 1);
    private static readonly Option<bool> PlanOnly = new("--plan") { Description = "Print the plan, tensor by tensor, and stop." };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace a checkpoint that is already in the output folder." };
    private static readonly Option<bool> HashInputs = new("--hash-inputs") { Description = "Put the SHA-256 of the whole input files into the model card." };

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments; <c>--help</c> explains them.</param>
    /// <returns>0, or 1 after one message on the error stream; 130 when interrupted.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        RootCommand root = new("Merges LLM checkpoints by a recipe. Model paths are relative to the recipe's folder, then to the current one; other names are looked up in the Hugging Face cache.")
        {
            Recipe, Output, Seed, Threads, Memory, ShardSize, IntermediateDir, IntermediateMemory, PlanOnly, Overwrite, HashInputs,
        };
        Threads.Validators.Add(result =>
        {
            if (result.GetValue(Threads) < 1)
            {
                result.AddError("--threads is at least 1.");
            }
        });
        root.SetAction((parsed, cancellationToken) => Task.FromResult(Guard(() => Merge(parsed, cancellationToken))));
        ParseResult result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            Console.Error.WriteLine($"{string.Join(' ', result.Errors.Select(error => error.Message))} Try --help.");
            return 1;
        }

        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static void Merge(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(Recipe);
        MergePipeline pipeline = MergePipeline.Load(path);
        if (parsed.GetValue(Seed) is { } seed)
        {
            pipeline = new MergePipeline([.. pipeline.Stages.Select(stage => stage with { Recipe = stage.Recipe with { Seed = seed } })]);
        }

        ModelMerger merger = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [Path.GetDirectoryName(Path.GetFullPath(path))!, "."] }));
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
            Console.Write(plan.Describe());
            Console.WriteLine($"working memory at most {ByteSize.Format(plan.Stages.Max(stage => ModelMerger.EstimateMemory(stage.Plan, options)))}");
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

    private static int Guard(Action action)
    {
#pragma warning disable CA1031 // The outermost frame: whatever it is becomes one message and an exit code.
        try
        {
            action();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted. The same command continues the merge.");
            return 130;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception is ModelTensors.ModelDataException or IOException or UnauthorizedAccessException
                ? exception.Message
                : $"Unexpected error ({exception.GetType().Name}): {exception.Message}");
            return 1;
        }
#pragma warning restore CA1031
    }

    private static Option<long> Size(string name, string description, long otherwise, long minimum)
    {
        return new Option<long>(name)
        {
            Description = $"{description} Bytes, or with a unit: 500MB, 2GiB.",
            DefaultValueFactory = _ => otherwise,
            CustomParser = Parse,
        };

        long Parse(ArgumentResult result)
        {
            string text = result.Tokens[0].Value;
            if (ByteSize.TryParse(text, out long bytes) && bytes >= minimum)
            {
                return bytes;
            }

            result.AddError($"'{text}' is not a size for {name}: at least {minimum} bytes, such as 256MB.");
            return otherwise;
        }
    }
}
