using ModelAggregation.Merging;
using Spectre.Console;

namespace ModelAggregation.Tool;

/// <summary>Draws the progress of a merge, where somebody can see it.</summary>
internal static class ProgressBar
{
    public static T Run<T>(Func<IProgress<MergeProgress>?, T> merge)
    {
        // Redirected output is for programs: no bar.
        if (Console.IsOutputRedirected)
        {
            return merge(null);
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => merge(new Bar(context.AddTask("merging", maxValue: 1))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<MergeProgress>
    {
        public void Report(MergeProgress value)
        {
            string stage = value.StageCount > 0 ? $"stage {value.StageNumber}/{value.StageCount}, " : string.Empty;
            task.Description = $"{stage}{value.TensorsDone}/{value.TensorCount} tensors, {ByteSize.Format(value.BytesPerSecond)}/s";
            task.Value = value.BytesToRead > 0 ? (double)value.BytesRead / value.BytesToRead : 1;
        }
    }
}
