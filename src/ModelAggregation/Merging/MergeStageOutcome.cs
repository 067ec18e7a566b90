namespace ModelAggregation.Merging;

/// <summary>What was done with a stage of a pipeline.</summary>
public enum MergeStageOutcome
{
    /// <summary>It was merged by this run.</summary>
    Merged,

    /// <summary>Its output was complete already, from the same recipe and inputs.</summary>
    Reused,

    /// <summary>Nothing that was merged needs it: what is made of it was complete already.</summary>
    NotNeeded,
}
