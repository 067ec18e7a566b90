namespace ModelAggregation.Search;

/// <summary>Model-GLUE's "Heuristic (Coefficient)": candidates by their scores, each merged in with the best of <see cref="SearchOptions.Coefficients"/>.</summary>
public sealed class CoefficientHeuristic : GreedyHeuristic
{
    /// <inheritdoc />
    public override string Name => "coefficient";

    private protected override IReadOnlyList<double> Coefficients(SearchContext context, int accepted) => context.Options.Coefficients;
}
