using System.Globalization;
using RunKit.Reports;

namespace DataShapley.Results;

/// <summary>Makes a report of a valuation: one HTML file that loads nothing, with what is known of the errors beside each value.</summary>
public static partial class ValuationReport
{
    /// <summary>Makes the report and saves it; the file is there in full or not at all.</summary>
    /// <param name="result">The result.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="options">What else the report holds.</param>
    /// <exception cref="ArgumentException">The other valuation is not of the same players.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Save(ValuationResult result, string path, ValuationReportOptions? options = null) => Create(result, options).Save(path);

    /// <summary>Makes the report, to which more can be added.</summary>
    /// <param name="result">The result.</param>
    /// <param name="options">What else the report holds.</param>
    /// <exception cref="ArgumentException">The other valuation is not of the same players.</exception>
    public static HtmlReport Create(ValuationResult result, ValuationReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        options ??= new ValuationReportOptions();
        ValueIntervals intervals = ValueIntervals.Of(result, options.Level);
        int[] ranking = result.Ranking();
        HtmlReport report = new(options.Title);
        AddFacts(report, result, intervals, options.Level);
        AddValues(report, result, intervals, ranking, options.Level);
        AddEnds(report, result, intervals, ranking, options);
        if (options.Detection is { } detection)
        {
            AddDetection(report, detection);
        }

        if (options.Curves.Count > 0)
        {
            AddCurves(report, options.Curves);
        }

        if (options.Other is { } other)
        {
            AddComparison(report, result, other, options.OtherName);
        }

        return report;
    }

    private static void AddFacts(HtmlReport report, ValuationResult result, ValueIntervals intervals, double level)
    {
        ReportTable table = new("The run", "Fact", "Value");
        table.AddRow("Players", Number(result.Values.Count))
            .AddRow("Estimator", result.Estimator)
            .AddRow("Settings", result.Settings)
            .AddRow("Utility", result.Utility)
            .AddRow("Seed", result.Seed.ToString(CultureInfo.InvariantCulture))
            .AddRow("Ended", ReportWords.Of(result.Status))
            .AddRow("Draws", Number(result.Draws))
            .AddRow("Evaluations", Number(result.Evaluations))
            .AddRow("Computed, remembered, from a journal, failed", string.Create(
                CultureInfo.InvariantCulture,
                $"{result.EvaluationCounts.Evaluated}, {result.EvaluationCounts.FromCache}, {result.EvaluationCounts.FromJournal}, {result.EvaluationCounts.Failed}"))
            .AddRow("Time", result.Elapsed.ToString("c", CultureInfo.InvariantCulture));
        foreach ((string name, double fact) in result.Facts.OrderBy(fact => fact.Key, StringComparer.Ordinal))
        {
            table.AddRow(name, Number(fact));
        }

        report.AddTable(table).AddHeading("How sure the values are");
        foreach (string sentence in ReportWords.OnErrors(result, intervals, level))
        {
            report.AddParagraph(sentence);
        }
    }

    private static void AddValues(HtmlReport report, ValuationResult result, ValueIntervals intervals, int[] ranking, double level)
    {
        double[] ranks = [.. Enumerable.Range(1, ranking.Length).Select(rank => (double)rank)];
        Series series = new Series("value", ranks, Pick(result.Values, ranking)).WithBand(Pick(intervals.Low, ranking), Pick(intervals.High, ranking));
        report.AddHeading("Values")
            .AddFigure(new LineChart("Values by rank", "Rank", "Value", series)
            {
                Description = $"The highest value first. The band is the {Percent(level)} interval of each player by itself, where there is one.",
            })
            .AddFigure(new Histogram("Distribution of the values", "Value", result.Values));
    }

    private static void AddEnds(HtmlReport report, ValuationResult result, ValueIntervals intervals, int[] ranking, ValuationReportOptions options)
    {
        int shown = Math.Min(options.Shown, ranking.Length);
        int[] lowest = [.. ranking.Reverse().Where(i => !double.IsNaN(result.Values[i])).Take(shown)];
        report.AddHeading("Highest and lowest");
        AddEnd(report, "The highest values", result, intervals, [.. ranking.Take(shown).Where(i => !double.IsNaN(result.Values[i]))], options.Level);
        AddEnd(report, "The lowest values", result, intervals, lowest, options.Level);
    }

    private static void AddEnd(HtmlReport report, string title, ValuationResult result, ValueIntervals intervals, int[] players, double level)
    {
        ReportTable table = new(title, "Name", "Index", "Value", "Standard error", $"Low ({Percent(level)})", $"High ({Percent(level)})", "Samples");
        foreach (int i in players)
        {
            table.AddRow(
                result.NameOf(i),
                Number(i),
                Number(result.Values[i]),
                double.IsInfinity(result.StandardErrors[i]) ? "not known" : Number(result.StandardErrors[i]),
                Number(intervals.Low[i]),
                Number(intervals.High[i]),
                Number(result.Counts[i]));
        }

        BarChart chart = new BarChart(title, "Value", [.. players.Select(result.NameOf)], Pick(result.Values, players)).WithErrors(Pick(intervals.Low, players), Pick(intervals.High, players));
        report.AddFigure(chart).AddTable(table);
    }

    private static double[] Pick(IReadOnlyList<double> values, int[] players) => [.. players.Select(i => values[i])];

    private static string Percent(double share) => (100 * share).ToString("0.###", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => double.IsNaN(value) ? "–" : value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
