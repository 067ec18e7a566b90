namespace ModelAggregation.Search;

/// <summary>Why a search ended.</summary>
public enum SearchEnding
{
    /// <summary>It tried all that its strategy has to try.</summary>
    Completed,

    /// <summary>The number of merges that it may score was reached.</summary>
    EvaluationsSpent,

    /// <summary>The time was up.</summary>
    TimeSpent,
}
