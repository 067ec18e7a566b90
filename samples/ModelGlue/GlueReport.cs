using System.Globalization;
using ModelAggregation.Evaluation;
using ModelAggregation.Search;
using ModelAggregation.Zoo;
using RunKit.Reports;

namespace ModelGlue;

/// <summary>Writes what was found as one page of HTML that loads nothing.</summary>
internal static class GlueReport
{
    public static HtmlReport Create(GlueResult result, GlueSettings settings)
    {
        HtmlReport report = new HtmlReport("Model-GLUE in miniature")
            .AddParagraph(result.Verdict())
            .AddParagraph(string.Create(
                CultureInfo.InvariantCulture,
                $"The models are decoders of at most {result.Clusters.Zoo.Models.Max(model => model.ParameterCount):N0} parameters, and the tasks are a few characters long. That the mechanism works here, families found, a harmful model dropped, specialists joined, is no evidence of what merging large language models would gain."))
            .AddParagraph(string.Create(
                CultureInfo.InvariantCulture,
                $"Every choice was made on one half of the examples, dealt out with seed {settings.Seed}; scores below are of the other half, which no choice of this run has seen. One thing has: the grid of fixed recipes comes from the notes of the zoo, which were measured on all of its questions, so that the scores of fixed recipes may be a little too good. Merges are computed from the original weights in one step and kept in F32."));
        AddFamilies(report, result);
        AddScores(report, result);
        foreach (FamilyRun family in result.Families)
        {
            AddSearches(report, family);
        }

        return report;
    }

    private static void AddFamilies(HtmlReport report, GlueResult result)
    {
        SimilarityMatrix matrix = result.Clusters.Similarity;
        report.AddHeading("Families").AddFigure(new HeatMap("Mean cosine of the columns of attention and feed-forward weights", matrix.Models, matrix.Models, matrix.ToRows())
        {
            Description = "A model joins a family where it is more than 0.95 alike to the family's first model.",
        });
        ReportTable table = new("The families", "Models", "Architecture", "Dropped by a strategy");
        foreach (ModelCluster cluster in result.Clusters.Clusters)
        {
            FamilyRun? run = result.Families.FirstOrDefault(family => string.Equals(family.Models[0], cluster.Models[0], StringComparison.Ordinal));
            table.AddRow(string.Join(", ", cluster.Models), cluster.ArchitectureKey ?? string.Empty, run is null ? "alone" : GlueConsole.Dropped(run));
        }

        report.AddTable(table);
        ReportTable differences = new("Differences to the family's first model", "Model", "Difference");
        foreach (ModelCluster cluster in result.Clusters.Clusters)
        {
            foreach (string model in cluster.Models.Skip(1))
            {
                foreach (CompatibilityDifference difference in ModelCompatibility.Compare(result.Clusters.Zoo[cluster.Models[0]], result.Clusters.Zoo[model]).Differences)
                {
                    differences.AddRow(model, difference.ToString());
                }
            }
        }

        if (differences.Rows.Count > 0)
        {
            report.AddTable(differences);
        }
        else
        {
            report.AddParagraph("Within each family, configurations, tensors, shapes and types agree: nothing stands in the way of a merge.");
        }

        foreach (SimilarityMatrix vectors in result.TaskVectors)
        {
            report.AddFigure(new HeatMap($"Cosine of task vectors: {string.Join(", ", vectors.Models)}", vectors.Models, vectors.Models, vectors.ToRows())
            {
                Description = "What each model has learnt since the family's base, all weights as one vector.",
            });
        }
    }

    private static void AddScores(HtmlReport report, GlueResult result)
    {
        GlueCandidate[] candidates = [.. result.Families.SelectMany(family => family.Merges).OrderByDescending(candidate => candidate.HoldOut.Merit)];
        string[] tasks = [.. result.Chosen.HoldOut.Scores.Where(score => score.Task.Weight > 0).Select(score => score.Task.Name)];
        report.AddHeading("Scores").AddFigure(new BarChart("Mean exact match over the hold-out tasks", "exact match", [.. candidates.Select(Name)], [.. candidates.Select(candidate => candidate.HoldOut.Merit)])
            .WithErrors(
                [.. candidates.Select(candidate => candidate.HoldOut.Merit - GlueConsole.Reach(candidate.HoldOut))],
                [.. candidates.Select(candidate => candidate.HoldOut.Merit + GlueConsole.Reach(candidate.HoldOut))]));
        ReportTable table = new(
            $"Exact match on the hold-out, {result.Chosen.HoldOut.Scores[0].Count} examples a task; chosen: {result.Chosen.Name}", ["Model", .. tasks, "Mean", "± 95 %", "Proxy mean", "Loss", "Gain on the best single (95 %)"]);
        foreach (GlueCandidate candidate in candidates)
        {
            PairedDifference gain = PairedDifference.Of(candidate.HoldOut, result.BestSingle.HoldOut);
            table.AddRow(
            [
                candidate.Name,
                .. tasks.Select(task => GlueConsole.Number(candidate.HoldOut[task].Value)),
                GlueConsole.Number(candidate.HoldOut.Merit),
                GlueConsole.Number(GlueConsole.Reach(candidate.HoldOut)),
                GlueConsole.Number(candidate.Proxy.Merit),
                GlueConsole.Number(GlueConsole.Loss(candidate.HoldOut)),
                ReferenceEquals(candidate, result.BestSingle) ? "is the best single" : string.Create(CultureInfo.InvariantCulture, $"{gain.Difference:+0.000;-0.000} ({Interval(gain)})"),
            ]);
        }

        report.AddTable(table).AddParagraph("The best single model is the one with the best proxy mean; where several tie, the one of them that scores highest on the hold-out, which makes the gains no larger than they are. Loss is the mean negative log-likelihood of the right answers, in nats. The intervals are for each row by itself.");
    }

    private static void AddSearches(HtmlReport report, FamilyRun family)
    {
        report.AddHeading($"Searches in the family of {family.Models[0]}");
        foreach (SearchResult search in family.Searches)
        {
            ReportTable table = new($"{search.Strategy}: begins with {search.Start}, ends at {GlueConsole.Number(search.Best.Result!.Merit)} on the proxy set", "Candidate", "Likeness", "Coefficients tried", "Best coefficient", "Gain", "95 %", "Outcome");
            foreach (SearchRound round in search.Rounds)
            {
                table.AddRow(
                    round.Model,
                    round.Similarity is { } likeness ? GlueConsole.Number(likeness) : string.Empty,
                    round.Trials.Count.ToString(CultureInfo.InvariantCulture),
                    round.Best is { } best ? GlueConsole.Number(best.Coefficient) : string.Empty,
                    round.Gain is { } gain ? gain.ToString("+0.000;-0.000", CultureInfo.InvariantCulture) : string.Empty,
                    round.PairedGain is { } pairs ? Interval(pairs) : string.Empty,
                    round.Outcome.ToString());
            }

            report.AddTable(table).AddParagraph(
                $"Weights of the originals: {string.Join(", ", search.Best.Shares.Select(share => string.Create(CultureInfo.InvariantCulture, $"{share.Model} {share.Weight:0.####}")))}. Plan {search.Best.Hash}.");
        }
    }

    private static string Interval(PairedDifference difference)
    {
        (double low, double high) = difference.Interval();
        return string.Create(CultureInfo.InvariantCulture, $"{low:+0.000;-0.000} to {high:+0.000;-0.000}");
    }

    private static string Name(GlueCandidate candidate) => candidate.Name;
}
