namespace ModelAggregation.Search;

/// <summary>A candidate merged in with one coefficient.</summary>
/// <param name="Coefficient">The weight of what was merged before.</param>
/// <param name="Merge">The merge of the originals that this comes to, with its scores.</param>
public sealed record SearchTrial(double Coefficient, ScoredRecipe Merge);
