namespace LoraFederation;

/// <summary>How far an aggregation is.</summary>
/// <param name="ModulesDone">The modules that are done.</param>
/// <param name="ModuleCount">All modules.</param>
/// <param name="Module">The module that was done last.</param>
public sealed record AggregationProgress(int ModulesDone, int ModuleCount, string Module);
