using System.Globalization;
using ModelAggregation.Evaluation;
using ModelAggregation.Search;
using ModelAggregation.Zoo;
using Spectre.Console;

namespace ModelGlue;

/// <summary>Prints what was found.</summary>
internal static class GlueConsole
{
    public static void Print(GlueResult result)
    {
        Table families = Create("Families", "first model", "architecture", "models", "dropped by a strategy");
        foreach (ModelCluster cluster in result.Clusters.Clusters)
        {
            FamilyRun? run = result.Families.FirstOrDefault(family => string.Equals(family.Models[0], cluster.Models[0], StringComparison.Ordinal));
            families.AddRow(cluster.Models[0], cluster.ArchitectureKey ?? string.Empty, string.Join(", ", cluster.Models), run is null ? "alone" : Dropped(run));
        }

        AnsiConsole.Write(families);
        string[] tasks = [.. result.Chosen.HoldOut.Scores.Where(score => score.Task.Weight > 0).Select(score => score.Task.Name)];
        Table scores = Create("Exact match on the hold-out half (and mean of the proxy half)", ["model", .. tasks, "mean", "± 95 %", "proxy mean", "loss"]);
        foreach (GlueCandidate candidate in result.Families.SelectMany(family => family.Merges).OrderByDescending(candidate => candidate.HoldOut.Merit))
        {
            string mark = ReferenceEquals(candidate, result.Chosen) ? "[bold green]" : candidate.IsSingle ? "[yellow]" : "[default]";
            scores.AddRow([$"{mark}{Markup.Escape(candidate.Name)}[/]", .. tasks.Select(task => Number(candidate.HoldOut[task].Value)), Number(candidate.HoldOut.Merit), Number(Reach(candidate.HoldOut)), Number(candidate.Proxy.Merit), Number(Loss(candidate.HoldOut))]);
        }

        AnsiConsole.Write(scores);
        AnsiConsole.MarkupLineInterpolated($"[bold]{result.Verdict()}[/]");
    }

    public static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Half the width of a 95 % interval of the mean.</summary>
    public static double Reach(EvaluationResult result) => 1.96 * (result.MeritStandardError ?? double.NaN);

    /// <summary>The mean loss of right answers over the tasks.</summary>
    public static double Loss(EvaluationResult result) => result.Scores.Where(score => score.Task.Weight == 0).Average(score => score.Value);

    /// <summary>Each model that a strategy dropped, with the strategies that did.</summary>
    public static string Dropped(FamilyRun family)
    {
        string[] models = [.. family.Models.Where(model => family.Searches.Any(search => IsDropped(search, model)))];
        return models.Length == 0 ? "none" : string.Join(", ", models.Select(model => $"{model} by {family.Searches.Count(search => IsDropped(search, model))} of {family.Searches.Count}"));
    }

    private static bool IsDropped(SearchResult search, string model) =>
        search.Rounds.Any(round => string.Equals(round.Model, model, StringComparison.Ordinal) && round.Outcome is not SearchOutcome.Accepted);

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
