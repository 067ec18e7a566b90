namespace ModelAggregation.Merging;

/// <summary>What to do with a model whose tensor is missing or has another shape.</summary>
public enum MismatchPolicy
{
    /// <summary>Report a problem while planning.</summary>
    Error,

    /// <summary>Leave the model out of that tensor and warn; mergekit does this silently for differing shapes in its task-vector methods.</summary>
    Skip,
}
