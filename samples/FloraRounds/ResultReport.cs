using System.Globalization;
using ModelRuntime.Tasks;
using RunKit.Reports;

namespace FloraRounds;

/// <summary>The results as one page of HTML.</summary>
internal static class ResultReport
{
    public static void Save(Summary summary, IReadOnlyList<TaskScore> start, string setting, string path)
    {
        HtmlReport report = new HtmlReport("Federated LoRA: five ways to make one model of ten clients' adapters").AddParagraph(setting);
        report.AddHeading("After the last round").AddTable(Final(summary, start));
        foreach (Method method in Method.All.Where(method => method != Method.Flora))
        {
            report.AddParagraph(summary.Compare(method));
        }

        report.AddHeading("Round by round")
            .AddFigure(Rounds(summary, "Exact match", "Share of questions", outcome => outcome.ExactMatch, start.Average(score => score.ExactMatch)))
            .AddFigure(Rounds(summary, "Loss", "Nats for an answer", outcome => outcome.NegativeLogLikelihood, start.Average(score => score.NegativeLogLikelihood)));
        report.AddHeading("Task by task").AddTable(Tasks(summary, start));
        report.AddHeading("Noise and traffic").AddFigure(Noise(summary)).AddFigure(Traffic(summary));
        report.AddHeading("What this shows, and what it does not");
        foreach (string sentence in Words.Limits)
        {
            report.AddParagraph(sentence);
        }

        report.Save(path);
    }

    private static ReportTable Final(Summary summary, IReadOnlyList<TaskScore> start)
    {
        ReportTable table = new($"The server's model after round {summary.Rounds}", "Method", "Clients start from", "Exact match", "Loss", "Noise", "kB moved in all rounds");
        table.AddRow("Base model", "–", Number(start.Average(score => score.ExactMatch), "0.000"), Number(start.Average(score => score.NegativeLogLikelihood), "0.00"), "–", "0");
        foreach (Method method in Method.All)
        {
            table.AddRow(
                method.Title,
                ResultTable.StartOf(method),
                summary.Of(method, summary.Rounds, outcome => outcome.ExactMatch).ToText(),
                summary.Of(method, summary.Rounds, outcome => outcome.NegativeLogLikelihood).ToText("0.00"),
                Number(summary.Of(method, summary.Rounds, outcome => outcome.Noise).Mean, "0.0e+0"),
                Number(summary.Traffic(method) / 1e3, "0"));
        }

        return table;
    }

    private static ReportTable Tasks(Summary summary, IReadOnlyList<TaskScore> start)
    {
        ReportTable table = new($"Exact match after round {summary.Rounds}", ["Method", .. start.Select(score => score.Task)]);
        table.AddRow(["Base model", .. start.Select(score => Number(score.ExactMatch, "0.00"))]);
        foreach (Method method in Method.All)
        {
            table.AddRow([method.Title, .. start.Select(score => summary.OfTask(method, summary.Rounds, score.Task).ToText("0.00"))]);
        }

        return table;
    }

    private static LineChart Rounds(Summary summary, string title, string unit, Func<Outcome, double> value, double start)
    {
        double[] rounds = [.. Enumerable.Range(0, summary.Rounds + 1).Select(round => (double)round)];
        return new LineChart(title, "Round", unit, [.. Method.All.Select(Line)]) { Description = "Means over seeds; the bands are their 95 % intervals. Round 0 is the base model." };

        Series Line(Method method)
        {
            Estimate[] estimates = [new(start, 0), .. Enumerable.Range(1, summary.Rounds).Select(round => summary.Of(method, round, value))];
            return new Series(method.Title, rounds, [.. estimates.Select(estimate => estimate.Mean)])
                .WithBand([.. estimates.Select(estimate => estimate.Low)], [.. estimates.Select(estimate => estimate.High)]);
        }
    }

    private static BarChart Noise(Summary summary)
    {
        Estimate[] noise = [.. Method.All.Select(method => summary.Of(method, summary.Rounds, outcome => outcome.Noise))];
        return new BarChart("Distance from the exact sum, last round", "Relative norm", [.. Method.All.Select(method => method.Title)], [.. noise.Select(estimate => estimate.Mean)])
            .WithErrors([.. noise.Select(estimate => estimate.Low)], [.. noise.Select(estimate => estimate.High)]);
    }

    private static BarChart Traffic(Summary summary) => new(
        "Bytes between server and clients, all rounds", "kB", [.. Method.All.Select(method => method.Title)], [.. Method.All.Select(method => summary.Traffic(method) / 1e3)]);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
