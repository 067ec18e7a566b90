using System.Globalization;
using ModelAggregation.Evaluation;
using ModelAggregation.Search;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue;

/// <summary>What a pipeline has made.</summary>
public sealed record GlueResult
{
    // Means of the same scores in another order may differ in the last bits.
    private const double SameMerit = 1e-9;

    /// <summary>Gets the recipe.</summary>
    public required GlueRecipe Recipe { get; init; }

    /// <summary>Gets the full path of the output folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets how alike the models are; NaN for models of different architectures.</summary>
    public required SimilarityMatrix Similarity { get; init; }

    /// <summary>Gets the families, in the order of their first models.</summary>
    public required IReadOnlyList<GlueFamily> Families { get; init; }

    /// <summary>Gets all models with scores on both sets: family by family the singles, what strategies found, candidates and the merged model; then the mixtures.</summary>
    public required IReadOnlyList<GlueModel> Models { get; init; }

    /// <summary>Gets what was not done and why, a sentence each, such as a mixture that there were too few models for.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Gets the number of evaluations that this run has made.</summary>
    public required int Evaluated { get; init; }

    /// <summary>Gets the number of stages that this run has carried out.</summary>
    public required int StagesRun { get; init; }

    /// <summary>Gets the number of stages that an earlier run had carried out.</summary>
    public required int StagesReused { get; init; }

    /// <summary>Gets the time that this run took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the model that the proxy set selects among singles, merged models and mixtures, of equal ones the first; the hold-out has no say in it.</summary>
    public GlueModel Chosen => Models.Where(model => model.Kind is GlueModelKind.Single or GlueModelKind.Merged or GlueModelKind.Mixture).MaxBy(model => model.Proxy.Merit)!;

    /// <summary>Gets the full path of the chosen model's folder: in the output, or in the zoo where a model of it was chosen as it is.</summary>
    public string ChosenFolder =>
        Path.GetFullPath(Chosen.Folder ?? Families.First(family => string.Equals(family.Name, Chosen.Family, StringComparison.Ordinal)).Folder, Folder);

    /// <summary>Gets the model of the zoo that is best on the proxy set; of a tie the one that is best on the hold-out, which makes the gain no larger than it is.</summary>
    public GlueModel BestSingle
    {
        get
        {
            GlueModel[] singles = [.. Models.Where(model => model.Kind is GlueModelKind.Single)];
            double best = singles.Max(model => model.Proxy.Merit);
            return singles.Where(model => model.Proxy.Merit >= best - SameMerit).MaxBy(model => model.HoldOut.Merit)!;
        }
    }

    /// <summary>Gets by how much the chosen model is better than the best single one on the hold-out, paired example by example; null where the evaluator tells no outcomes.</summary>
    public PairedDifference? Gain => SearchContext.TryPair(Chosen.HoldOut, BestSingle.HoldOut);

    /// <summary>Says whether the pipeline has paid, in words that the interval bears out.</summary>
    /// <param name="level">The level of the interval; 0.95 by default.</param>
    public string Verdict(double level = 0.95)
    {
        string subject = $"{Chosen.Name} against {BestSingle.Name}, the best single model";
        if (Chosen.Kind is GlueModelKind.Single)
        {
            return $"The proxy set selects the single model {Chosen.Name}: nothing that was made is better on it.";
        }

        if (Gain is not { } gain)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{subject}: {Chosen.HoldOut.Merit - BestSingle.HoldOut.Merit:+0.000;-0.000} on the hold-out; the evaluator tells no outcomes of examples, so that there is no interval.");
        }

        (double low, double high) = gain.Interval(level);
        string interval = string.Create(
            CultureInfo.InvariantCulture, $"{gain.Difference:+0.000;-0.000} on the mean of the hold-out tasks, {level * 100:0.#} % interval {low:+0.000;-0.000} to {high:+0.000;-0.000}, paired over the examples");
        return low > 0 ? $"{Chosen.Name} beats {BestSingle.Name}, the best single model: {interval}." : $"It is not shown that {Chosen.Name} beats {BestSingle.Name}, the best single model: {interval}.";
    }
}
