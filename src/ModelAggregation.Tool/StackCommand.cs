using System.CommandLine;
using System.Globalization;
using ModelAggregation.Stacking;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tool;

/// <summary>The verb <c>stack</c>: the layers of several models on top of each other.</summary>
internal static class StackCommand
{
    private static readonly Argument<string> Recipe = new("recipe") { Description = "The recipe: a YAML file with models, method (stack or interleave), dtype and tokenizer." };
    private static readonly Argument<string> Output = new("output-folder") { Description = "The folder of the stack; it appears when the stack is complete.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Plan = new("--plan") { Description = "Only say what would be written." };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace a checkpoint that is already in the output folder." };
    private static readonly Option<long> ShardSize = SharedOptions.Size("--shard-size", "The largest tensor file.", 5_000_000_000, 1);

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        Command command = new("stack", "Stacks the layers of models of one geometry to a deeper model, which then needs continued training.") { Recipe, Output, Plan, ShardSize, Overwrite };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Output) is null && !result.GetValue(Plan))
            {
                result.AddError("Say where the stack is to go, or --plan.");
            }
        });
        command.Runs("Interrupted. The same command goes on from what is written already.", Stack);
        return command;
    }

    private static void Stack(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(Recipe);
        ModelStacker stacker = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [Path.GetDirectoryName(Path.GetFullPath(path))!, "."] }));
        using StackingPlan plan = stacker.Plan(StackingRecipe.Load(path), cancellationToken);
        if (parsed.GetValue(Plan))
        {
            Console.Write(plan);
            return;
        }

        foreach (string warning in plan.Warnings)
        {
            Console.Error.WriteLine($"Warning: {warning}");
        }

        StackingOptions options = new() { ShardSize = parsed.GetValue(ShardSize), Overwrite = parsed.GetValue(Overwrite) };
        StackingReport report = ProgressBar.Run(progress => stacker.Stack(plan, parsed.GetRequiredValue(Output), options, progress, cancellationToken));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Stacked {report.LayerCount} layers, {report.TensorCount} tensors ({report.ResumedTensorCount} of an earlier run), {ByteSize.Format(report.OutputBytes)} into {report.Folder}"));
    }
}
