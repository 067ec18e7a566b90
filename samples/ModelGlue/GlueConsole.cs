using System.Globalization;
using ModelAggregation.Evaluation;
using ModelAggregation.Glue;
using Spectre.Console;

namespace GlueMiniature;

/// <summary>Says how far a run is, and prints what was found.</summary>
internal sealed class GlueConsole : IProgress<GlueProgress>
{
    private (GlueStage Stage, string Subject) _last;

    public void Report(GlueProgress value)
    {
        if (_last != (value.Stage, value.Subject))
        {
            _last = (value.Stage, value.Subject);
            AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]{value.Stage,-8} {value.Subject}[/]");
        }
    }

    public static void Print(GlueResult result)
    {
        Table families = Create("Families", "models", "base", "in no merge that a strategy found", "best by the proxy set");
        foreach (GlueFamily family in result.Families)
        {
            families.AddRow(Escape(string.Join(", ", family.Models), family.Base ?? "none", family.Dropped.Count == 0 ? "none" : string.Join(", ", family.Dropped), family.Winner));
        }

        AnsiConsole.Write(families);
        string[] tasks = [.. result.Chosen.HoldOut.Scores.Where(score => score.Task.Weight > 0).Select(score => score.Task.Name)];
        Table scores = Create("Exact match on the hold-out (and mean of the proxy set)", ["model", .. tasks, "mean", "± 95 %", "proxy mean", "loss"]);
        foreach (GlueModel model in result.Models.OrderByDescending(model => model.HoldOut.Merit))
        {
            string mark = ReferenceEquals(model, result.Chosen) ? "bold green" : model.Kind is GlueModelKind.Single ? "yellow" : "default";
            scores.AddRow([$"[{mark}]{Markup.Escape(model.Name)}[/]", .. tasks.Select(task => Number(model.HoldOut[task].Value)), Number(model.HoldOut.Merit), Number(Reach(model.HoldOut)), Number(model.Proxy.Merit), Number(Loss(model.HoldOut))]);
        }

        AnsiConsole.Write(scores);
        foreach (string note in result.Notes)
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{note}[/]");
        }

        AnsiConsole.MarkupLineInterpolated($"[bold]{result.Verdict()}[/]");
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Evaluated} evaluations in {result.Elapsed.TotalSeconds:0.0} s ({result.StagesRun} stages, {result.StagesReused} as an earlier run left them) -> {Path.Combine(result.Folder, "report.html")}"));
    }

    public static void Print(GlueVerification verification)
    {
        foreach (GlueMismatch mismatch in verification.Mismatches)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{mismatch.ToString()}[/]");
        }

        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{verification.Scores} scores derived again, {verification.Files} files: {(verification.IsVerified ? "all as recorded, to the bit" : $"{verification.Mismatches.Count} differ")}."));
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    // Half the width of a 95 % interval of the mean.
    private static double Reach(EvaluationResult result) => 1.96 * (result.MeritStandardError ?? double.NaN);

    // The mean loss of right answers over the tasks, which counts for nothing.
    private static double Loss(EvaluationResult result) => result.Scores.Where(score => score.Task.Weight == 0).Select(score => score.Value).DefaultIfEmpty(double.NaN).Average();

    private static string[] Escape(params string[] cells) => [.. cells.Select(Markup.Escape)];

    private static Table Create(string title, params string[] columns)
    {
        Table table = new Table().Title(title).Border(TableBorder.Rounded);
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }

        return table;
    }
}
