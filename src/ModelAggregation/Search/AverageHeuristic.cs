namespace ModelAggregation.Search;

/// <summary>Model-GLUE's "Heuristic (Average)": candidates by their scores, each merged in so that all models that are taken weigh the same.</summary>
public sealed class AverageHeuristic : GreedyHeuristic
{
    /// <inheritdoc />
    public override string Name => "average";

    private protected override IReadOnlyList<double> Coefficients(SearchContext context, int accepted) => [(accepted + 1.0) / (accepted + 2.0)];
}
