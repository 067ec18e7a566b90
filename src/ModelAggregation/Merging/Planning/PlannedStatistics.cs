using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>The statistics of one input of a planned tensor.</summary>
/// <param name="Model">The name of the statistics in the plan, the same on every machine.</param>
/// <param name="Source">The tensor with the statistics.</param>
public sealed record PlannedStatistics(string Model, TensorSource Source);
