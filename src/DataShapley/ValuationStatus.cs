namespace DataShapley;

/// <summary>Why a run ended.</summary>
public enum ValuationStatus
{
    /// <summary>The estimator's plan is done.</summary>
    Completed,

    /// <summary>The stopping rule's condition has come about.</summary>
    Converged,

    /// <summary>The budget, or a limit of the stopping rule, is used up.</summary>
    Exhausted,
}
