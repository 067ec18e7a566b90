using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Merging.Execution;

/// <summary>Decides which stages of a pipeline are merged, where to, and how long their outputs are kept in memory.</summary>
internal sealed class StageRun
{
    private readonly IReadOnlyList<PlannedStage> _stages;
    private readonly Dictionary<PlannedStage, StageFolder> _folders = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<PlannedStage, MergeStageOutcome> _outcomes = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<PlannedStage> _inMemory = new(ReferenceEqualityComparer.Instance);
    private long _freeMemory;

    /// <summary>Looks at what is complete already and decides.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="root">The folder of intermediate results.</param>
    /// <param name="memory">How many bytes of them may be in memory.</param>
    /// <param name="keys">What tells a merge of a plan from one of other inputs.</param>
    public StageRun(MergePipelinePlan plan, string root, long memory, RunKeys keys)
    {
        _stages = plan.Stages;
        _freeMemory = memory;
        // From the end: a stage is needed when one that is merged uses it, or as an output of its own when none does.
        foreach (PlannedStage stage in _stages.SkipLast(1).Reverse())
        {
            StageFolder folder = new(Path.Combine(root, stage.Name!), stage.Plan.Hash, keys.Of(stage.Plan));
            _folders.Add(stage, folder);
            PlannedStage[] users = [.. Users(stage)];
            bool isNeeded = users.Length == 0 || users.Any(user => !_outcomes.TryGetValue(user, out MergeStageOutcome outcome) || outcome == MergeStageOutcome.Merged);
            _outcomes.Add(stage, !isNeeded ? MergeStageOutcome.NotNeeded : folder.IsComplete ? MergeStageOutcome.Reused : MergeStageOutcome.Merged);
        }
    }

    public StageFolder Folder(PlannedStage stage) => _folders[stage];

    public MergeStageOutcome Outcome(PlannedStage stage) => _outcomes[stage];

    /// <summary>Returns whether a stage's output may be kept in memory, and counts it. One that no stage uses is an output of its own.</summary>
    public bool FitsMemory(PlannedStage stage)
    {
        if (!Users(stage).Any() || stage.Plan.OutputBytes > _freeMemory)
        {
            return false;
        }

        _freeMemory -= stage.Plan.OutputBytes;
        return _inMemory.Add(stage);
    }

    /// <summary>Closes and frees the outputs that no stage after one uses.</summary>
    /// <param name="done">The index of the stage that is complete.</param>
    public void ReleaseUnused(int done)
    {
        foreach (PlannedStage stage in _stages.Take(done + 1).Where(stage => !Users(stage).Any(user => _stages.Skip(done + 1).Contains(user))))
        {
            stage.Output?.Release();
            _freeMemory += _inMemory.Remove(stage) ? stage.Plan.OutputBytes : 0;
        }
    }

    private IEnumerable<PlannedStage> Users(PlannedStage stage) => _stages.Where(other => other.Uses.Any(output => ReferenceEquals(output, stage.Output)));
}
