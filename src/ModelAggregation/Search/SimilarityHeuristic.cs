using ModelAggregation.Zoo;

namespace ModelAggregation.Search;

/// <summary>Model-GLUE's "Heuristic (Similarity)": the next candidate is the most or least alike to what is merged so far, merged in with the best of <see cref="SearchOptions.Coefficients"/>.</summary>
public sealed class SimilarityHeuristic : GreedyHeuristic
{
    private readonly SimilarityOrder _order;
    private readonly SimilarityOptions _options;

    /// <summary>Creates the strategy.</summary>
    /// <param name="order">Which candidate comes next.</param>
    /// <param name="options">How models are compared; as in Model-GLUE when null: by the columns of the feed-forward blocks' weights.</param>
    public SimilarityHeuristic(SimilarityOrder order, SimilarityOptions? options = null)
    {
        _order = order;
        _options = options ?? new SimilarityOptions { Part = SimilarityPart.Mlp };
    }

    /// <inheritdoc />
    public override string Name => _order is SimilarityOrder.MostAlikeFirst ? "most-alike" : "least-alike";

    private protected override IReadOnlyList<double> Coefficients(SearchContext context, int accepted) => context.Options.Coefficients;

    private protected override (string Model, double? Similarity) Next(
        SearchContext context, IReadOnlyList<ModelShare> current, IReadOnlyList<string> candidates, CancellationToken cancellationToken)
    {
        IReadOnlyList<double> similarities = context.Compare(current, candidates, _options, cancellationToken);
        IEnumerable<(string Model, double Similarity)> pairs = candidates.Zip(similarities);

        // Of equal ones the first, which has the better score.
        (string model, double similarity) = _order is SimilarityOrder.MostAlikeFirst ? pairs.MaxBy(pair => pair.Similarity) : pairs.MinBy(pair => pair.Similarity);
        return (model, similarity);
    }
}
