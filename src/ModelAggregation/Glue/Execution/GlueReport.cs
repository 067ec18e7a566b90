using System.Globalization;
using ModelAggregation.Evaluation;
using ModelAggregation.Zoo;
using RunKit.Reports;

namespace ModelAggregation.Glue.Execution;

/// <summary>Writes what a pipeline has made as one page of HTML that loads nothing. It holds no dates and times: the same run gives the same bytes.</summary>
internal sealed partial class GlueReport(
    GlueResult result,
    ModelZoo zoo,
    InputRecord[] inputs,
    IReadOnlyDictionary<string, ZooSimilarity> similarities,
    IReadOnlyList<MixtureOutcome> mixtures,
    (IModelEvaluator Proxy, IModelEvaluator HoldOut) evaluators)
{
    private const double Level = 0.95;

    public HtmlReport Create()
    {
        HtmlReport report = new HtmlReport(result.Recipe.Title).AddParagraph(result.Verdict(Level));
        if (result.Recipe.Note is { } note)
        {
            report.AddParagraph(note);
        }

        report.AddParagraph(string.Create(
            CultureInfo.InvariantCulture,
            $"Every choice was made on the proxy set ({Examples(evaluators.Proxy)}); scores are of the hold-out ({Examples(evaluators.HoldOut)}), which no choice has seen, unless a table says otherwise. Merges are computed of the original weights in one step."));
        AddFamilies(report);
        AddScores(report);
        foreach (GlueFamily family in result.Families.Where(family => family.Searches.Count > 0))
        {
            AddSearches(report, family);
        }

        AddMixtures(report);
        AddProvenance(report);
        return report;
    }

    private static string Number(double value) => double.IsNaN(value) ? string.Empty : value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Number(double? value) => value is { } known ? Number(known) : string.Empty;

    private static string Signed(double value) => value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);

    private static string Examples(IModelEvaluator evaluator)
    {
        int known = evaluator.Tasks.SelectMany(task => task.Examples).Distinct(StringComparer.Ordinal).Count();
        return string.Create(CultureInfo.InvariantCulture, $"{evaluator.Tasks.Count} {(evaluator.Tasks.Count == 1 ? "task" : "tasks")}{(known > 0 ? $", {known} examples" : string.Empty)}");
    }
}
