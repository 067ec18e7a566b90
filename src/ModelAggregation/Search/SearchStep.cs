namespace ModelAggregation.Search;

/// <summary>A candidate of a search.</summary>
/// <param name="Merge">The merge with its scores, or its failure.</param>
/// <param name="BestMerit">The best merit of this candidate and those before it; null as long as all have failed.</param>
public sealed record SearchStep(ScoredRecipe Merge, double? BestMerit);
