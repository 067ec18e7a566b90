namespace ModelAggregation.Merging;

/// <summary>What a merge did.</summary>
public sealed record MergeReport
{
    /// <summary>Gets the full path of the output folder, or null when the output is in memory.</summary>
    public required string? Folder { get; init; }

    /// <summary>Gets the plan's hash.</summary>
    public required string PlanHash { get; init; }

    /// <summary>Gets the number of tensors of the output.</summary>
    public required int TensorCount { get; init; }

    /// <summary>Gets how many of them an interrupted run had completed.</summary>
    public required int ResumedTensorCount { get; init; }

    /// <summary>Gets the number of elements of the output.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Gets the bytes of the output's tensors.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Gets the bytes of inputs that passes of this run went through.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Gets the time this run took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets where NaN and infinities were met; empty unless the policy is to warn or to allow.</summary>
    public required IReadOnlyList<NonFiniteCount> NonFinite { get; init; }

    /// <summary>Gets the plan's warnings.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
