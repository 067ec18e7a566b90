using System.Globalization;
using ModelRuntime.Training;
using Spectre.Console;

namespace TrainZoo;

/// <summary>A bar for each model that is being trained, or a line for each that is done where the output goes to a file.</summary>
/// <param name="context">The bars; null for lines.</param>
internal sealed class ZooProgress(ProgressContext? context)
{
    /// <summary>Shows what is told while something runs.</summary>
    public static Task ShowAsync(Func<ZooProgress, Task> run) => Console.IsOutputRedirected
        ? run(new ZooProgress(null))
        : AnsiConsole.Progress().AutoClear(true).StartAsync(context => run(new ZooProgress(context)));

    public IProgress<TrainingProgress> Of(string name) => new Model(name, context?.AddTask(name));

    private sealed class Model(string name, ProgressTask? bar) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{name}: {value.Steps} of {value.TotalSteps}, loss {value.Last.Loss:0.000}, {value.TokensPerSecond:0} tokens/s");
            if (bar is not null)
            {
                bar.Value = 100 * value.Completion;
                bar.Description = text;
            }
            else if (value.Steps == value.TotalSteps)
            {
                Console.WriteLine(text);
            }
        }
    }
}
