using System.Globalization;
using RunKit.Reports;

namespace ModelAggregation.Glue.Execution;

/// <content>Searches.</content>
internal sealed partial class GlueReport
{
    private void AddSearches(HtmlReport report, GlueFamily family)
    {
        report.AddHeading($"Searches in the family of {family.Name}").AddFigure(
            new LineChart("Merit of the best merge so far on the proxy set", "merges scored", "merit", [.. family.Searches.Select(BestSoFar)])
            {
                Description = "The models by themselves come first; merges that failed are left out.",
            });
        ReportTable weights = new("What the strategies found: weights of the original models", ["Strategy", .. family.Models, "Proxy merit", "Hold-out merit"]);
        foreach (GlueTrace search in family.Searches)
        {
            GlueModel? model = result.Models.FirstOrDefault(model => string.Equals(model.Name, $"{search.Strategy} ({family.Name})", StringComparison.Ordinal));
            weights.AddRow([search.Strategy, .. family.Models.Select(name => Weight(search, name)), Number(model?.Proxy.Merit), Number(model?.HoldOut.Merit)]);
        }

        report.AddTable(weights);
        foreach (GlueTrace search in family.Searches.Where(search => search.Generations.Count > 0))
        {
            AddGenerations(report, search);
        }

        foreach (GlueTrace search in family.Searches.Where(search => search.Rounds.Count > 0))
        {
            ReportTable rounds = new($"{search.Strategy}: begins with {search.Start}", "Candidate", "Outcome", "Weight of what was merged before", "Gain", "Standard error", "Similarity", "Failure");
            foreach (GlueRound round in search.Rounds)
            {
                rounds.AddRow(
                    round.Model,
                    Words(round.Outcome),
                    round.Coefficient is { } coefficient ? coefficient.ToString("0.###", CultureInfo.InvariantCulture) : string.Empty,
                    round.Gain is { } gain ? Signed(gain) : string.Empty,
                    Number(round.StandardError),
                    Number(round.Similarity),
                    round.Failure ?? string.Empty);
            }

            report.AddTable(rounds);
        }
    }

    private static void AddGenerations(HtmlReport report, GlueTrace search)
    {
        double[] numbers = [.. Enumerable.Range(1, search.Generations.Count).Select(index => (double)index)];
        report.AddFigure(new LineChart(
            $"{search.Strategy}: what was asked for at a time",
            "generation",
            "merit",
            new Series("best", numbers, [.. search.Generations.Select(generation => generation.BestMerit ?? double.NaN)]),
            new Series("mean", numbers, [.. search.Generations.Select(generation => generation.MeanMerit ?? double.NaN)]))
        {
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"{search.Generations.Sum(generation => generation.Count)} candidates, {search.Generations.Sum(generation => generation.FailureCount)} of which failed; models were then left out as long as that lost nothing."),
        });
    }

    private static string Weight(GlueTrace search, string model)
    {
        double? weight = search.Shares.Where(share => string.Equals(share.Model, model, StringComparison.Ordinal)).Select(share => (double?)share.Weight).FirstOrDefault();
        return weight is { } known ? Number(known) : search.Shares.Count > 0 ? string.Empty : search.Dropped.Contains(model, StringComparer.Ordinal) ? string.Empty : "by layer";
    }

    private static Series BestSoFar(GlueTrace search)
    {
        double best = double.NaN;
        double[] merits = [.. search.Merits.Select(merit => best = double.IsNaN(best) || merit > best ? merit : best)];
        return new Series(search.Strategy, [.. Enumerable.Range(1, merits.Length).Select(index => (double)index)], merits);
    }
}
