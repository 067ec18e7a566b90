using System.CommandLine;
using DataShapley;
using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Results;
using ModelTensors;
using RunKit;
using Spectre.Console;

namespace ValueData;

/// <summary>What the verbs have in common.</summary>
internal static class Verb
{
    public static Option<string> Required(string name, string description) => new(name) { Description = description, Required = true };

    public static Option<string> Output(string what) => Required("--out", $"{what}; it appears when it is complete.");

    public static Option<ulong> Seed() => new("--seed") { Description = "The seed of all that is drawn; 0 by default." };

    public static Option<int> Count(string name, string description, int value) => AtLeastOne(new Option<int>(name) { Description = $"{description}; {value} by default.", DefaultValueFactory = _ => value });

    public static Option<int> RequiredCount(string name, string description) => AtLeastOne(new Option<int>(name) { Description = description, Required = true });

    /// <summary>Sets what a command does; whatever goes wrong becomes one message and an exit code.</summary>
    public static void Runs(this Command command, Func<ParseResult, CancellationToken, Task> action) =>
        command.SetAction((parsed, cancellationToken) => GuardAsync(() => action(parsed, cancellationToken)));

    /// <summary>Reads training and test points of the same columns and classes.</summary>
    public static async Task<(LabeledPoints Train, LabeledPoints Test)> LoadAsync(string train, string test, string label, CancellationToken cancellationToken)
    {
        TabularDataset first = await TabularDataset.LoadAsync(train, label, cancellationToken: cancellationToken);
        TabularDataset second = await TabularDataset.LoadAsync(test, label, cancellationToken: cancellationToken);
        if (!first.FeatureNames.SequenceEqual(second.FeatureNames, StringComparer.Ordinal))
        {
            throw new ArgumentException($"The columns differ: '{train}' has {string.Join(", ", first.FeatureNames)}, '{test}' has {string.Join(", ", second.FeatureNames)}.");
        }

        // Classes of the test set that nobody was trained on are classes too: nothing is right for them.
        string[] names = [.. first.ClassNames.Union(second.ClassNames, StringComparer.Ordinal)];
        return (Points(first, names), Points(second, names));
    }

    /// <summary>Shows a bar while something runs; none where the output goes to a file.</summary>
    public static async Task<T> WithProgressAsync<T>(string what, Func<IProgress<ValuationProgress>?, Task<T>> run)
    {
        if (Console.IsOutputRedirected)
        {
            return await run(null);
        }

        return await AnsiConsole.Progress().AutoClear(true).StartAsync(async context =>
        {
            ProgressTask bar = context.AddTask(what);
            return await run(new Bar(bar, what));
        });
    }

    /// <summary>Writes values as CSV, or as JSON where the file is called so, and says so.</summary>
    public static void Save(ValuationResult result, string path)
    {
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            ValuationFile.Save(result, path);
        }
        else
        {
            ValuationFile.SaveCsv(result, path);
        }

        Console.WriteLine($"{result.Values.Count} values by {result.Estimator} ({result.Status}, {result.Evaluations} evaluations, {result.Elapsed.TotalSeconds:0.0} s) -> {Path.GetFullPath(path)}");
    }

    private static LabeledPoints Points(TabularDataset data, string[] names)
    {
        int[] codes = [.. data.ClassNames.Select(name => Array.IndexOf(names, name))];
        return new LabeledPoints(data.Features, data.Dimension, (int[])[.. data.Labels.Select(label => codes[label])]);
    }

    private static Option<int> AtLeastOne(Option<int> option)
    {
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(option) < 1)
            {
                result.AddError($"{option.Name} is at least 1.");
            }
        });
        return option;
    }

    private static async Task<int> GuardAsync(Func<Task> action)
    {
#pragma warning disable CA1031 // The outermost frame: whatever it is becomes one message and an exit code.
        try
        {
            await action();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted. Nothing was written under a final name.");
            return 130;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception is ModelDataException or ValuationException or UtilityException or DatasetException or ProcessException or JournalException
                or IOException or UnauthorizedAccessException or ArgumentException or FormatException
                ? exception.Message
                : $"Unexpected error ({exception.GetType().Name}): {exception.Message}");
            return 1;
        }
#pragma warning restore CA1031
    }

    private sealed class Bar(ProgressTask bar, string what) : IProgress<ValuationProgress>
    {
        public void Report(ValuationProgress value)
        {
            bar.IsIndeterminate = double.IsNaN(value.Completion);
            bar.Value = bar.IsIndeterminate ? 0 : 100 * value.Completion;
            bar.Description = $"{what}: {value.Evaluations} evaluations, {value.EvaluationsPerSecond:0}/s";
        }
    }
}
