using System.Globalization;
using ModelAggregation.Evaluation;
using RunKit.Reports;

namespace ModelAggregation.Glue.Execution;

/// <content>Scores, before and after.</content>
internal sealed partial class GlueReport
{
    // Of a normal distribution; the gain against the best single model has Student's.
    private const double Reach95 = 1.96;

    private void AddScores(HtmlReport report)
    {
        GlueModel[] ranked = [.. result.Models.OrderByDescending(model => model.HoldOut.Merit)];
        string[] tasks = [.. evaluators.HoldOut.Tasks.Select(task => task.Name)];
        report.AddHeading("Scores").AddFigure(new BarChart("Merit on the hold-out", "merit", [.. ranked.Select(model => model.Name)], [.. ranked.Select(model => model.HoldOut.Merit)])
            .WithErrors([.. ranked.Select(model => model.HoldOut.Merit - Reach(model))], [.. ranked.Select(model => model.HoldOut.Merit + Reach(model))]));
        ReportTable table = new(
            "All models, the best on the hold-out first; the merit is the weighted mean over the tasks, and its interval is at 95 % where the evaluator tells it",
            ["Model", "Kind", "Family", .. tasks, "Merit", "±", "Proxy merit", "Against the best single", "95 % interval"]);
        foreach (GlueModel model in ranked)
        {
            (string difference, string interval) = Against(model);
            string mark = ReferenceEquals(model, result.Chosen) ? " (chosen)" : ReferenceEquals(model, result.BestSingle) ? " (best single)" : string.Empty;
            table.AddRow([model.Name + mark, Words(model.Kind), model.Family ?? string.Empty, .. tasks.Select(task => Number(model.HoldOut[task].Value)), Number(model.HoldOut.Merit), Number(Reach(model)), Number(model.Proxy.Merit), difference, interval]);
        }

        report.AddTable(table).AddParagraph(
            "The chosen model is the best on the proxy set among single models, merged models and mixtures. The best single model is so by the proxy set too; of equals it is the one that scores highest on the hold-out. Intervals of differences are paired over the examples and each holds for one comparison.");
        foreach (string note in result.Notes)
        {
            report.AddParagraph(note);
        }
    }

    private static double Reach(GlueModel model) => Reach95 * (model.HoldOut.MeritStandardError ?? double.NaN);

    private (string Difference, string Interval) Against(GlueModel model)
    {
        if (ReferenceEquals(model, result.BestSingle))
        {
            return (string.Empty, string.Empty);
        }

        if (Search.SearchContext.TryPair(model.HoldOut, result.BestSingle.HoldOut) is not { } gain)
        {
            return (Signed(model.HoldOut.Merit - result.BestSingle.HoldOut.Merit), string.Empty);
        }

        (double low, double high) = gain.Interval(Level);
        return (Signed(gain.Difference), string.Create(CultureInfo.InvariantCulture, $"{Signed(low)} to {Signed(high)}"));
    }
}
