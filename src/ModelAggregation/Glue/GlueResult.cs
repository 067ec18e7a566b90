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
    /// <remarks>Where the recipe asks for a least gain or a confidence, what was made has to be so much better than the best single model to be selected.</remarks>
    public GlueModel Chosen
    {
        get
        {
            GlueModel single = Singles.MaxBy(model => model.Proxy.Merit)!;
            return Models
                .Where(model => model.Kind is GlueModelKind.Single
                    || (model.Kind is GlueModelKind.Merged or GlueModelKind.Mixture && GainRule.IsGain(model.Proxy, single.Proxy, Recipe.Search.MinimumGain, Recipe.Search.Confidence) is true))
                .MaxBy(model => model.Proxy.Merit)!;
        }
    }

    /// <summary>Gets the full path of the chosen model's folder: in the output, or in the zoo where a model of it was chosen as it is.</summary>
    public string ChosenFolder =>
        Path.GetFullPath(Chosen.Folder ?? Families.First(family => string.Equals(family.Name, Chosen.Family, StringComparison.Ordinal)).Folder, Folder);

    /// <summary>Gets the model of the zoo that is best on the proxy set; of a tie the one that is best on the hold-out, which makes the gain no larger than it is.</summary>
    public GlueModel BestSingle
    {
        get
        {
            double best = Singles.Max(model => model.Proxy.Merit);
            return Singles.Where(model => model.Proxy.Merit >= best - SameMerit).MaxBy(model => model.HoldOut.Merit)!;
        }
    }

    /// <summary>Gets by how much the chosen model is better than the best single one on the hold-out, paired example by example; null where the evaluator tells no outcomes.</summary>
    public PairedDifference? Gain => SearchContext.TryPair(Chosen.HoldOut, BestSingle.HoldOut);

    private IEnumerable<GlueModel> Singles => Models.Where(model => model.Kind is GlueModelKind.Single);

    /// <summary>Says whether the pipeline has paid, in words that the intervals bear out: a gain is one over the single model that the proxy set finds best, and over that which the hold-out finds best.</summary>
    /// <param name="level">The level of the intervals; 0.95 by default.</param>
    public string Verdict(double level = 0.95)
    {
        if (Chosen.Kind is GlueModelKind.Single)
        {
            return $"The proxy set selects the single model {Chosen.Name}: nothing that was made is better on it.";
        }

        GlueModel rival = Singles.MaxBy(model => model.HoldOut.Merit)!;
        bool isOne = rival.HoldOut.Merit <= BestSingle.HoldOut.Merit;
        (string first, bool? isBetter) = Compare(BestSingle, level);
        (string second, bool? isBest) = isOne ? (string.Empty, isBetter) : Compare(rival, level);
        string against = isOne
            ? $"{BestSingle.Name}, the best single model: {first}"
            : $"{BestSingle.Name}, the best single model by the proxy set: {first}; and {rival.Name}, the best one on the hold-out: {second}";
        return (isBetter, isBest) switch
        {
            (null, _) or (_, null) => $"{Chosen.Name} against {against}; the evaluator tells no outcomes of examples, so that there is no interval.",
            (true, true) => $"{Chosen.Name} beats {against}, paired over the examples.",
            _ => $"It is not shown that {Chosen.Name} beats {against}, paired over the examples.",
        };
    }

    private (string Text, bool? IsBetter) Compare(GlueModel single, double level)
    {
        string difference = string.Create(CultureInfo.InvariantCulture, $"{Chosen.HoldOut.Merit - single.HoldOut.Merit:+0.000;-0.000} on the mean of the hold-out tasks");
        if (SearchContext.TryPair(Chosen.HoldOut, single.HoldOut) is not { } gain)
        {
            return (difference, null);
        }

        (double low, double high) = gain.Interval(level);
        return (string.Create(CultureInfo.InvariantCulture, $"{difference}, {level * 100:0.#} % interval {low:+0.000;-0.000} to {high:+0.000;-0.000}"), low > 0);
    }
}
