namespace ModelAggregation.Merging;

/// <summary>What the merge of a pipeline did.</summary>
/// <param name="Stages">The stages in the order in which they are merged; the last made the output.</param>
public sealed record MergePipelineReport(IReadOnlyList<MergeStageReport> Stages)
{
    /// <summary>Gets what the merge of the last stage did.</summary>
    public MergeReport Final => Stages[^1].Report!;
}
