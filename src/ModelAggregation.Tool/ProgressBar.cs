using ModelAggregation.Extraction;
using ModelAggregation.Glue;
using ModelAggregation.Inspection;
using ModelAggregation.Merging;
using ModelAggregation.Stacking;
using Spectre.Console;

namespace ModelAggregation.Tool;

/// <summary>Draws the progress of long work, where somebody can see it.</summary>
internal static class ProgressBar
{
    public static T Run<T>(Func<IProgress<MergeProgress>?, T> merge) => Run("merging", merge, (task, value) =>
    {
        string stage = value.StageCount > 0 ? $"stage {value.StageNumber}/{value.StageCount}, " : string.Empty;
        task.Description = $"{stage}{value.TensorsDone}/{value.TensorCount} tensors, {ByteSize.Format(value.BytesPerSecond)}/s";
        task.Value = Fraction(value.BytesRead, value.BytesToRead);
    });

    public static T Run<T>(Func<IProgress<InspectionProgress>?, T> read) => Run("reading", read, (task, value) =>
    {
        task.Description = $"{value.TensorsDone}/{value.TensorCount} tensors, {ByteSize.Format(value.BytesRead)}";
        task.Value = Fraction(value.BytesRead, value.BytesToRead);
    });

    public static LoraExtractionReport Run(Func<IProgress<LoraExtractionProgress>?, LoraExtractionReport> extract) => Run("extracting", extract, (task, value) =>
    {
        task.Description = $"{value.TensorsDone}/{value.TensorCount} tensors";
        task.Value = Fraction(value.TensorsDone, value.TensorCount);
    });

    public static StackingReport Run(Func<IProgress<StackingProgress>?, StackingReport> stack) => Run("stacking", stack, (task, value) =>
    {
        task.Description = $"{value.TensorsDone}/{value.TensorCount} tensors, {ByteSize.Format(value.BytesPerSecond)}/s";
        task.Value = Fraction(value.BytesRead, value.BytesToRead);
    });

    private static TResult Run<TProgress, TResult>(string title, Func<IProgress<TProgress>?, TResult> work, Action<ProgressTask, TProgress> show)
    {
        // Redirected output is for programs: no bar.
        if (Console.IsOutputRedirected)
        {
            return work(null);
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(title, maxValue: 1);
                return work(new Bar<TProgress>(value => show(task, value)));
            });
    }

    public static async Task<T> RunAsync<T>(Func<IProgress<GlueProgress>?, Task<T>> glue)
    {
        if (Console.IsOutputRedirected)
        {
            return await glue(null).ConfigureAwait(false);
        }

        return await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context =>
            {
                ProgressTask task = context.AddTask("gluing", maxValue: 1);
                return glue(new Bar<GlueProgress>(value =>
                {
                    task.Description = Markup.Escape($"{value.Stage} {value.Subject}, {value.Evaluated} evaluations");
                    task.Value = Fraction(value.Done, value.Total);
                }));
            }).ConfigureAwait(false);
    }

    private static double Fraction(long done, long all) => all > 0 ? (double)done / all : 1;

    private sealed class Bar<TProgress>(Action<TProgress> show) : IProgress<TProgress>
    {
        public void Report(TProgress value) => show(value);
    }
}
