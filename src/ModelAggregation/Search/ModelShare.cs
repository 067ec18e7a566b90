namespace ModelAggregation.Search;

/// <summary>A model with its weight in a merge.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Weight">The weight; those of a merge add up to 1.</param>
public readonly record struct ModelShare(string Model, double Weight);
