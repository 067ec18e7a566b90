using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>How one candidate was tried.</summary>
public sealed record SearchRound
{
    /// <summary>Gets the candidate's name.</summary>
    public required string Model { get; init; }

    /// <summary>Gets what became of it.</summary>
    public required SearchOutcome Outcome { get; init; }

    /// <summary>Gets the merges that were tried, one for each coefficient.</summary>
    public required IReadOnlyList<SearchTrial> Trials { get; init; }

    /// <summary>Gets the trial with the best score, of equal ones that with the largest coefficient; null when all failed.</summary>
    public SearchTrial? Best { get; init; }

    /// <summary>Gets the merit of the best trial minus that of what was merged before; null when all failed.</summary>
    public double? Gain { get; init; }

    /// <summary>Gets the same with its standard error, paired over the examples; null where the evaluator tells no outcomes of examples.</summary>
    public PairedDifference? PairedGain { get; init; }

    /// <summary>Gets how alike the candidate was to what was merged before; null for strategies that do not ask.</summary>
    public double? Similarity { get; init; }
}
