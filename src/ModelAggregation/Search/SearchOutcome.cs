namespace ModelAggregation.Search;

/// <summary>What became of a candidate.</summary>
public enum SearchOutcome
{
    /// <summary>It was merged in.</summary>
    Accepted,

    /// <summary>It made nothing better, or not by enough, and was dropped for good.</summary>
    Rejected,

    /// <summary>It could not be evaluated with any coefficient, or not by itself.</summary>
    Failed,
}
