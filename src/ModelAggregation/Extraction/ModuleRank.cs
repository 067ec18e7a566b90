namespace ModelAggregation.Extraction;

/// <summary>A rank for some modules.</summary>
/// <param name="Filter">A part of the module's path, such as <c>q_proj</c> or <c>layers.0.</c>.</param>
/// <param name="Rank">The greatest rank of these modules, at least 1.</param>
public sealed record ModuleRank(string Filter, int Rank);
