namespace ModelAggregation.Merging.Recipes;

/// <summary>A run of output layers, merged from equally many layers of each source.</summary>
/// <param name="Sources">The layers that are merged; the same number in each.</param>
/// <param name="Parameters">The parameters of this slice.</param>
public sealed record MergeSlice(IReadOnlyList<MergeSliceSource> Sources, ParameterSet Parameters);
