namespace ModelAggregation.Merging.Recipes;

/// <summary>A setting for the tensors whose name contains a filter.</summary>
/// <param name="Filter">A part of the tensor's name; null or <c>*</c> fits every tensor.</param>
/// <param name="Value">The setting, which may be a gradient.</param>
public sealed record ParameterCase(string? Filter, ParameterValue Value);
