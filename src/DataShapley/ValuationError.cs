namespace DataShapley;

/// <summary>Why a valuation cannot be made.</summary>
public enum ValuationError
{
    /// <summary>There is neither a budget nor a stopping rule, and the estimator never ends by itself.</summary>
    NoEnd,

    /// <summary>The budget does not pay for what the estimator needs at least.</summary>
    BudgetTooSmall,

    /// <summary>The game has more players than the estimator can take.</summary>
    TooManyPlayers,

    /// <summary>The game has fewer players than the estimator needs.</summary>
    TooFewPlayers,

    /// <summary>The estimator needs a utility of another kind.</summary>
    UnsuitableUtility,

    /// <summary>The settings of the estimator do not suit each other or the game.</summary>
    UnsuitableSettings,

    /// <summary>So many evaluations failed and were left out that nothing is known.</summary>
    NothingLeft,

    /// <summary>A file of values is damaged or of another version.</summary>
    UnreadableResult,

    /// <summary>The values are not of the kind for which the intervals hold.</summary>
    UnsuitableIntervals,

    /// <summary>The range of the samples is not known.</summary>
    UnknownRange,

    /// <summary>The samples of single draws are needed and not there.</summary>
    MissingSamples,
}
