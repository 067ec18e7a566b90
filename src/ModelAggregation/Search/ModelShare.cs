namespace ModelAggregation.Search;

/// <summary>A model with its weight in a merge.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Weight">The weight; those of a merge add up to 1, unless a <see cref="ParameterSearch"/> takes them as they are drawn.</param>
public readonly record struct ModelShare(string Model, double Weight);
