namespace ModelAggregation.Merging.Execution;

/// <summary>Adds the stage to what is reported of its merge.</summary>
internal sealed class StageProgress(IProgress<MergeProgress> progress, string? stage, int number, int count) : IProgress<MergeProgress>
{
    public void Report(MergeProgress value) => progress.Report(value with { Stage = stage, StageNumber = number, StageCount = count });
}
