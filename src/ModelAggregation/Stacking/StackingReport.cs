namespace ModelAggregation.Stacking;

/// <summary>What was written.</summary>
public sealed record StackingReport
{
    /// <summary>Gets the output folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the plan's hash.</summary>
    public required string PlanHash { get; init; }

    /// <summary>Gets the number of layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Gets the number of tensors.</summary>
    public required int TensorCount { get; init; }

    /// <summary>Gets how many of them an interrupted run had completed.</summary>
    public required int ResumedTensorCount { get; init; }

    /// <summary>Gets the number of elements of all tensors.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Gets the bytes of all tensors.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Gets the time that it took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets what the user should know but need not change, one sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
