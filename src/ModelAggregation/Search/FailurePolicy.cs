namespace ModelAggregation.Search;

/// <summary>What a search does when a merge or its evaluation fails. A failure is never taken for a score.</summary>
public enum FailurePolicy
{
    /// <summary>The candidate is left out, its failure is in the result, and the search goes on.</summary>
    LeaveOut,

    /// <summary>The search ends with the failure.</summary>
    Stop,
}
