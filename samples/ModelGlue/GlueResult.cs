using ModelAggregation.Evaluation;
using ModelAggregation.Zoo;

namespace ModelGlue;

/// <summary>What the sample found.</summary>
/// <param name="Clusters">The families.</param>
/// <param name="TaskVectors">How alike the task vectors of each family with a base are.</param>
/// <param name="Families">What was found in each family of more than one model.</param>
/// <param name="Elapsed">The time that all took.</param>
/// <param name="Evaluations">How many evaluations were made, those of the hold-out included.</param>
internal sealed record GlueResult(ZooClusters Clusters, IReadOnlyList<SimilarityMatrix> TaskVectors, IReadOnlyList<FamilyRun> Families, TimeSpan Elapsed, int Evaluations)
{
    // Means of the same scores in another order may differ in the last bits.
    private const double SameMerit = 1e-9;

    private IEnumerable<GlueCandidate> Candidates => Families.SelectMany(family => family.Merges);

    /// <summary>Gets the model that the proxy set selects, of all families; the hold-out has no say in it.</summary>
    public GlueCandidate Chosen => Candidates.MaxBy(candidate => candidate.Proxy.Merit)!;

    /// <summary>Gets the best models of the zoo by the proxy set; several where they tie, the best on the hold-out first.</summary>
    public IReadOnlyList<GlueCandidate> BestSingles
    {
        get
        {
            GlueCandidate[] singles = [.. Candidates.Where(candidate => candidate.IsSingle)];
            double best = singles.Max(candidate => candidate.Proxy.Merit);
            return [.. singles.Where(candidate => candidate.Proxy.Merit >= best - SameMerit).OrderByDescending(candidate => candidate.HoldOut.Merit)];
        }
    }

    /// <summary>Gets the best model of the zoo by the proxy set; of a tie the one that is better on the hold-out, which makes the gain no larger than it is.</summary>
    public GlueCandidate BestSingle => BestSingles[0];

    /// <summary>Gets by how much the chosen model is better on the hold-out, paired example by example.</summary>
    public PairedDifference Gain => PairedDifference.Of(Chosen.HoldOut, BestSingle.HoldOut);

    /// <summary>Says whether merging has paid, in words that the interval bears out.</summary>
    public string Verdict()
    {
        (double low, double high) = Gain.Interval();
        string interval = FormattableString.Invariant($"{Gain.Difference:+0.000;-0.000} on the mean of the hold-out tasks, 95 % interval {low:+0.000;-0.000} to {high:+0.000;-0.000}, paired over the examples");
        string single = BestSingles.Count == 1
            ? BestSingle.Name
            : $"{BestSingle.Name} (a tie on the proxy set with {string.Join(", ", BestSingles.Skip(1).Select(candidate => candidate.Name))}; compared is the one of them that scores highest on the hold-out)";
        return Chosen.IsSingle
            ? $"The proxy set selects the single model {Chosen.Name}: no merge is better on it."
            : low > 0
                ? $"The merge {Chosen.Name} beats the best single model {single}: {interval}."
                : $"It is not shown that the merge {Chosen.Name} beats the best single model {single}: {interval}.";
    }
}
