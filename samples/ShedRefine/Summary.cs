using System.Globalization;

namespace ShedRefine;

/// <summary>The outcomes of a study over its seeds.</summary>
internal sealed class Summary(Study study, StudySettings settings)
{
    // The interval of two numbers says next to nothing, and nothing at all where they happen to be equal.
    private const int FewestSeeds = 3;

    private readonly IReadOnlyList<Outcome> _outcomes = study.Outcomes;

    /// <summary>Gets the rows of a model: what was learnt, as methods by shares.</summary>
    public IEnumerable<(string Method, double Kept)> Rows
    {
        get
        {
            yield return (Methods.Nothing, 0);
            foreach (double kept in settings.Kept)
            {
                foreach (string method in Methods.Choosing)
                {
                    yield return (method, kept);
                }
            }

            yield return (Methods.UsefulOnly, _outcomes.First(outcome => string.Equals(outcome.Method, Methods.UsefulOnly, StringComparison.Ordinal)).Kept);
            yield return (Methods.All, 1);
        }
    }

    public MeanInterval Of(string model, string method, double kept, Func<Outcome, double> measure) => MeanInterval.Of([.. Find(model, method, kept).Select(measure)]);

    /// <summary>The difference of two ways to choose, seed by seed: what the seeds have in common drops out.</summary>
    public MeanInterval Difference(string model, double kept, string method, string other) =>
        MeanInterval.Of([.. Find(model, method, kept).Zip(Find(model, other, kept), (a, b) => a.ExactMatch - b.ExactMatch)]);

    /// <summary>What the numbers say, whatever they are.</summary>
    public IEnumerable<string> Words()
    {
        if (study.Seeds < FewestSeeds)
        {
            yield return $"{study.Seeds} seeds tell no differences: the table shows that everything runs. The full mode has {StudySettings.Full.Seeds}.";
            yield break;
        }

        foreach ((string model, string role) in ((string, string)[])[(Learner.Base, "the model they were valued with"), (Learner.Other, "another model")])
        {
            List<string> better = [];
            List<string> open = [];
            List<string> worse = [];
            foreach (double kept in settings.Kept)
            {
                foreach (string method in Methods.Valued)
                {
                    MeanInterval difference = Difference(model, kept, method, Methods.Random);
                    (!difference.IsTold ? open : difference.Mean > 0 ? better : worse).Add($"{method} at {Percent(kept)}");
                }
            }

            yield return $"{model}, {role}: better than random records, as far as {study.Seeds} seeds tell (each pair by itself at 95 %): {List(better)}. Not told apart from random: {List(open)}. Worse: {List(worse)}.";
        }

        List<string> differences = [];
        foreach (double kept in settings.Kept)
        {
            foreach ((string method, string other) in ((string, string)[])[(Methods.Centred, Methods.Shed), (Methods.Msr, Methods.Shed), (Methods.Msr, Methods.Centred)])
            {
                MeanInterval difference = Difference(Learner.Base, kept, method, other);
                if (difference.IsTold)
                {
                    differences.Add($"{method} less {other} at {Percent(kept)}: {difference}");
                }
            }
        }

        yield return differences.Count == 0
            ? "Among the three ways to value, no difference is told by these seeds."
            : $"Among the three ways to value, these seeds tell: {string.Join("; ", differences)}. The other pairs are not told apart.";
        MeanInterval purity = MeanInterval.Of(study.Purities);
        yield return $"Of the records, {purity} are of the most frequent kind of their cluster. Spearman's correlation of a cluster's value with its share of useful less poisoned records: "
            + $"{string.Join("; ", study.Correlations.Select(pair => $"{pair.Key} {MeanInterval.Of(pair.Value)}"))}.";
    }

    public static string Percent(double share) => share.ToString("0 %", CultureInfo.InvariantCulture);

    private static string List(List<string> items) => items.Count == 0 ? "none" : string.Join("; ", items);

    private IEnumerable<Outcome> Find(string model, string method, double kept) => _outcomes.Where(outcome =>
        string.Equals(outcome.Model, model, StringComparison.Ordinal) && string.Equals(outcome.Method, method, StringComparison.Ordinal) && outcome.Kept == kept);
}
