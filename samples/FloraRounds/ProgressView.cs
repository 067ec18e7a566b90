using Spectre.Console;

namespace FloraRounds;

/// <summary>Shows how far the experiment is: a bar, or a line for each finished run where the output goes to a file.</summary>
internal static class ProgressView
{
    public static async Task<IReadOnlyList<Outcome>> ShowAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        if (Console.IsOutputRedirected)
        {
            return await experiment.RunAsync(WriteLine, () => { }, cancellationToken);
        }

        return await AnsiConsole.Progress().AutoClear(true).StartAsync(async context =>
        {
            ProgressTask bar = context.AddTask("training clients", maxValue: experiment.TrainingCount);
            return await experiment.RunAsync(
                outcome => bar.Description = $"{Text(outcome).EscapeMarkup()}",
                () => bar.Increment(1),
                cancellationToken);
        });
    }

    private static void WriteLine(Outcome outcome) => Console.WriteLine(Text(outcome));

    private static string Text(Outcome outcome) =>
        FormattableString.Invariant($"seed {outcome.Seed}, {outcome.Method.Title}, round {outcome.Round}: exact match {outcome.ExactMatch:0.000}");
}
