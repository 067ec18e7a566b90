using ModelAggregation.Search;

namespace ModelAggregation.Glue;

/// <summary>How one candidate of a search was tried.</summary>
public sealed record GlueRound
{
    /// <summary>Gets the candidate's name.</summary>
    public required string Model { get; init; }

    /// <summary>Gets what became of it.</summary>
    public required SearchOutcome Outcome { get; init; }

    /// <summary>Gets the weight of what was merged before, in the best trial; null when all failed.</summary>
    public double? Coefficient { get; init; }

    /// <summary>Gets the merit of the best trial minus that of what was merged before; null when all failed.</summary>
    public double? Gain { get; init; }

    /// <summary>Gets the standard error of the gain, paired over the examples; null where it is not known.</summary>
    public double? StandardError { get; init; }

    /// <summary>Gets how alike the candidate was to what was merged before; null for strategies that do not ask.</summary>
    public double? Similarity { get; init; }

    /// <summary>Gets why it could not be evaluated; null when it could.</summary>
    public string? Failure { get; init; }
}
