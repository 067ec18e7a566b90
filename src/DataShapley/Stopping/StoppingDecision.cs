namespace DataShapley.Stopping;

/// <summary>What a rule says.</summary>
public enum StoppingDecision
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>Stop: what the rule waits for has come about.</summary>
    Converged,

    /// <summary>Stop: time, draws or evaluations are used up, whatever is known.</summary>
    Exhausted,
}
