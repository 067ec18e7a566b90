namespace ModelAggregation.Merging;

/// <summary>What became of one stage of a pipeline.</summary>
/// <param name="Name">The stage's name; null for the final stage without one.</param>
/// <param name="Outcome">Whether it was merged.</param>
/// <param name="Report">What its merge did; null when it was not merged.</param>
public sealed record MergeStageReport(string? Name, MergeStageOutcome Outcome, MergeReport? Report);
