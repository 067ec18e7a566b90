using System.Globalization;
using LoraFederation.Rounds;
using ModelRuntime.Tasks;
using Spectre.Console;

namespace FloraRounds;

/// <summary>The results on the console.</summary>
internal static class ResultTable
{
    public static void Write(Summary summary, IReadOnlyList<TaskScore> start)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("method").AddColumn("clients start from");
        for (int round = 1; round <= summary.Rounds; round++)
        {
            table.AddColumn($"exact match, round {round}");
        }

        table.AddColumns("loss at the end", "noise, last round", "kB moved");
        table.AddRow(
        [
            "base model", "–", .. Enumerable.Repeat("–", summary.Rounds - 1), Text(start.Average(score => score.ExactMatch), "0.000"), Text(start.Average(score => score.NegativeLogLikelihood), "0.00"), "–", "0",
        ]);
        foreach (Method method in Method.All)
        {
            table.AddRow(
            [
                method.Title,
                StartOf(method),
                .. Enumerable.Range(1, summary.Rounds).Select(round => summary.Of(method, round, outcome => outcome.ExactMatch).ToText()),
                summary.Of(method, summary.Rounds, outcome => outcome.NegativeLogLikelihood).ToText("0.00"),
                Text(summary.Of(method, summary.Rounds, outcome => outcome.Noise).Mean, "0.0e+0"),
                Text(summary.Traffic(method) / 1e3, "0"),
            ]);
        }

        AnsiConsole.Write(table);
        foreach (Method method in Method.All.Where(method => method != Method.Flora))
        {
            Console.WriteLine(summary.Compare(method));
        }

        Console.WriteLine();
        foreach (string sentence in Words.Limits)
        {
            Console.WriteLine(sentence);
        }
    }

    public static string StartOf(Method method) => method.Start switch
    {
        RoundStart.FreshOnMergedBase => "merged base, fresh",
        RoundStart.WarmStart => "largest components",
        _ => "the last aggregate",
    };

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
