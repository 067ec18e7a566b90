using System.Globalization;
using RunKit.Reports;

namespace ShedRefine;

/// <summary>The page of HTML.</summary>
internal static class Report
{
    public const string Scope =
        "A miniature: four tasks on strings of characters, two models of 329,376 parameters, sets made for the purpose. It shows that the mechanism works on a problem it suits, "
        + "not how well it does on language models and their data. That poison stands apart is SHED's own premise: it chooses among clusters, and sees nothing inside one.";

    public static void Save(string path, StudySettings settings, Study study, Study? hidden, TimeSpan elapsed)
    {
        HtmlReport report = new("An instruction set, refined (SHED)");
        report.AddParagraph(
            $"{settings.Records} records: 40 % right answers to three tasks that the base mostly fails (useful), 30 % copies of 30 that it knows (redundant), 30 % wrong answers to two of the tasks, "
            + $"in capitals (poisoned). They are embedded by a-base, put into {settings.Clusters} clusters, and one proxy of each is valued by LoRA fine-tuning a-base on coalitions of proxies "
            + $"({settings.ProxyTraining.Steps} steps; log-likelihood of {settings.ValidationQuestions} other questions), with {settings.Evaluations} evaluations for each way to value. "
            + $"Clusters are drawn by exp({settings.Strength} · standardised value). What is kept trains a-base and, as transfer, b-base, {settings.FinalTraining.Steps} steps each; "
            + $"{settings.TestQuestions} test questions a task. Means over {study.Seeds} seeds, each with records, clusters, values, choices and trainings of its own, but one base, one validation set and one test set; intervals are 95 % by Student's t over seeds.");
        report.AddParagraph(Scope);
        Add(report, "Poison with a style of its own", new Summary(study, settings), settings);
        if (hidden is not null)
        {
            report.AddParagraph("Now the same wrong answers in small letters, as right ones are written: nothing but their being wrong tells them apart, and embeddings do not know that.");
            Add(report, "Poison that looks like the rest", new Summary(hidden, settings), settings);
        }

        report.AddParagraph($"This run, which may have found parts of an earlier one, took {elapsed.TotalMinutes.ToString("0.0", CultureInfo.InvariantCulture)} minutes on {Environment.ProcessorCount} processors. The same numbers come out on any number of them.");
        report.Save(path);
    }

    private static void Add(HtmlReport report, string heading, Summary summary, StudySettings settings)
    {
        report.AddHeading(heading);
        foreach (string words in summary.Words())
        {
            report.AddParagraph(words);
        }

        foreach (string model in (string[])[Learner.Base, Learner.Other])
        {
            report.AddFigure(new LineChart(
                $"Exact matches of {model}",
                "share of the records that is kept",
                "exact matches, mean over tasks",
                [.. Methods.Choosing.Select(method => Line(summary, settings, model, method)), .. ((string[])[Methods.Nothing, Methods.UsefulOnly, Methods.All]).Select(method => Level(summary, settings, model, method))])
            {
                Description = "Bands are 95 % intervals over seeds. Level lines: the model as it is, after all records, and after the useful ones, which no method knows.",
            });
            report.AddTable(Table(summary, model));
        }
    }

    private static Series Line(Summary summary, StudySettings settings, string model, string method)
    {
        MeanInterval[] values = [.. settings.Kept.Select(kept => summary.Of(model, method, kept, outcome => outcome.ExactMatch))];
        return new Series(method, settings.Kept, [.. values.Select(value => value.Mean)]).WithBand([.. values.Select(value => value.Low)], [.. values.Select(value => value.High)]);
    }

    private static Series Level(Summary summary, StudySettings settings, string model, string method)
    {
        double kept = summary.Rows.First(row => string.Equals(row.Method, method, StringComparison.Ordinal)).Kept;
        double value = summary.Of(model, method, kept, outcome => outcome.ExactMatch).Mean;
        return new Series(method, settings.Kept, [.. settings.Kept.Select(_ => value)]);
    }

    private static ReportTable Table(Summary summary, string model)
    {
        ReportTable table = new($"{model} after what was kept", [.. ResultTable.Columns]);
        foreach (IReadOnlyList<string> row in ResultTable.RowsOf(summary, model))
        {
            table.AddRow([.. row]);
        }

        return table;
    }
}
