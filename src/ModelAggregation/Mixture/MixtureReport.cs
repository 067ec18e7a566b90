namespace ModelAggregation.Mixture;

/// <summary>What the writing of a mixture did.</summary>
public sealed record MixtureReport
{
    /// <summary>Gets the full path of the output folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the hash of the plan, or of the mixture that was converted when it says one; else empty.</summary>
    public required string PlanHash { get; init; }

    /// <summary>Gets the number of tensors.</summary>
    public required int TensorCount { get; init; }

    /// <summary>Gets how many of them an interrupted run had completed.</summary>
    public required int ResumedTensorCount { get; init; }

    /// <summary>Gets the number of elements of all tensors.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Gets the bytes of all tensors.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Gets the time that this run took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the plan's warnings.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
