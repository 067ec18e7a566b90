using RunKit.Reports;

namespace DataShapley.Results;

/// <content>What experiments show of the values.</content>
public static partial class ValuationReport
{
    private static void AddDetection(HtmlReport report, NoisyLabelDetection detection)
    {
        double[] inspected = [.. detection.Curve.Select(point => point.Inspected)];
        LineChart chart = new(
            "Corrupted data found by low values",
            "Share inspected",
            "Share of the corrupted found",
            new Series("by value", inspected, [.. detection.Curve.Select(point => point.Found)]),
            new Series("optimal", inspected, [.. detection.Curve.Select(point => point.Optimal)]),
            new Series("random", inspected, [.. detection.Curve.Select(point => point.Random)]))
        {
            Description = "Points are inspected from the lowest value upwards, in steps of 5 %.",
        };
        ReportTable table = new ReportTable("Detection", "Measure", "Value")
            .AddRow("Flagged (low group of exact 2-means)", Number(detection.Split.Low.Count))
            .AddRow("Threshold", Number(detection.Split.Threshold))
            .AddRow("Precision", Number(detection.Precision))
            .AddRow("Recall", Number(detection.Recall))
            .AddRow("F1", Number(detection.F1))
            .AddRow("Area under the ROC curve", Number(detection.RocArea))
            .AddRow("Average precision", Number(detection.AveragePrecision))
            .AddRow("Area under the discovery curve", Number(detection.DiscoveryArea))
            .AddRow("The same, optimal", Number(detection.OptimalArea));
        report.AddHeading("Detection of corrupted data")
            .AddFigure(chart)
            .AddTable(table)
            .AddParagraph("The two groups are made whether or not anything is corrupted: flagged does not mean wrong. The areas do not depend on a threshold.");
    }

    private static void AddCurves(HtmlReport report, IReadOnlyList<NamedCurve> curves)
    {
        Series[] series = [.. curves.Select(named => new Series(named.Name, [.. named.Curve.Points.Select(point => point.Share)], [.. named.Curve.Points.Select(point => point.Utility)]))];
        ReportTable table = new("Curves", "Curve", "Order", "Points", "Mean utility");
        foreach (NamedCurve named in curves)
        {
            table.AddRow(named.Name, ReportWords.Of(named.Curve.Order), Number(named.Curve.Points.Count), Number(named.Curve.MeanUtility));
        }

        report.AddHeading("Removal and addition")
            .AddFigure(new LineChart("Utility as points are removed or added", "Share removed or added", "Utility", series))
            .AddTable(table)
            .AddParagraph("Each point of a curve is one evaluation, without an interval. Where the utility is the one that was valued, the curve shows how the values fit it, not how they do on data of another kind.");
    }

    private static void AddComparison(HtmlReport report, ValuationResult result, ValuationResult other, string otherName)
    {
        ValuationComparison comparison = ValuationComparison.Of(result, other);
        ReportTable table = new ReportTable($"Agreement with {otherName}", "Measure", "Value")
            .AddRow("Players with a value in both", Number(comparison.Players))
            .AddRow("Spearman's ρ", Number(comparison.Spearman))
            .AddRow("Kendall's τ-b", Number(comparison.Kendall))
            .AddRow("Pearson's r", Number(comparison.Pearson))
            .AddRow($"Overlap of the highest {comparison.SelectionSize}", Number(comparison.TopOverlap))
            .AddRow($"Overlap of the lowest {comparison.SelectionSize}", Number(comparison.BottomOverlap));
        report.AddHeading("Comparison")
            .AddFigure(new ScatterChart("The same players twice", "Value", $"Value by {otherName}", new Series("players", result.Values, other.Values)))
            .AddTable(table)
            .AddParagraph("Errors of both valuations lower the agreement: below 1 it does not tell by itself that the two disagree on what players are worth.");
    }
}
