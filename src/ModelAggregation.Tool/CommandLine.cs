using System.CommandLine;

namespace ModelAggregation.Tool;

/// <summary>The command line: merges models by a recipe file, and looks at models.</summary>
public static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments; <c>--help</c> explains them.</param>
    /// <returns>0, or 1 after one message on the error stream; 130 when interrupted.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        RootCommand root = MergeCommand.Create();
        root.Subcommands.Add(PlanCommand.Create());
        root.Subcommands.Add(InspectCommand.Create());
        root.Subcommands.Add(DiffCommand.Create());
        root.Subcommands.Add(ExtractLoraCommand.Create());
        root.Subcommands.Add(StackCommand.Create());
        root.Subcommands.Add(GlueCommand.Create());
        ParseResult result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            Console.Error.WriteLine($"{string.Join(' ', result.Errors.Select(error => error.Message))} Try --help.");
            return 1;
        }

        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>Sets what a command does; whatever goes wrong becomes one message and an exit code.</summary>
    /// <param name="command">The command.</param>
    /// <param name="interrupted">What to say after an interruption.</param>
    /// <param name="action">What it does.</param>
    internal static void Runs(this Command command, string interrupted, Action<ParseResult, CancellationToken> action) =>
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Guard(interrupted, () => action(parsed, cancellationToken))));

    private static int Guard(string interrupted, Action action)
    {
#pragma warning disable CA1031 // The outermost frame: whatever it is becomes one message and an exit code.
        try
        {
            action();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine(interrupted);
            return 130;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception is ModelTensors.ModelDataException or Evaluation.EvaluationException or Search.SearchException or RunKit.JournalException or IOException or UnauthorizedAccessException
                ? exception.Message
                : $"Unexpected error ({exception.GetType().Name}): {exception.Message}");
            return 1;
        }
#pragma warning restore CA1031
    }
}
