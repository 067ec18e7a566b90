namespace DataShapley.Stopping;

/// <summary>When a run has seen enough. A definition; each run begins a monitor of its own. Rules combine with <c>&amp;</c>, <c>|</c> and <c>!</c>.</summary>
public abstract record StoppingRule
{
    /// <summary>Begins to watch a run.</summary>
    /// <param name="start">What is known at its beginning.</param>
    public abstract StoppingMonitor Begin(StoppingStart start);

    /// <summary>Combines rules: stops when both do.</summary>
    /// <param name="left">One rule.</param>
    /// <param name="right">The other.</param>
    public static StoppingRule operator &(StoppingRule left, StoppingRule right) => left.BitwiseAnd(right);

    /// <summary>Combines rules: stops when either does.</summary>
    /// <param name="left">One rule.</param>
    /// <param name="right">The other.</param>
    public static StoppingRule operator |(StoppingRule left, StoppingRule right) => left.BitwiseOr(right);

    /// <summary>Stops when this and another rule do.</summary>
    /// <param name="other">The other rule.</param>
    public StoppingRule BitwiseAnd(StoppingRule other) => new AllRules(this, other);

    /// <summary>Stops when this or another rule does.</summary>
    /// <param name="other">The other rule.</param>
    public StoppingRule BitwiseOr(StoppingRule other) => new AnyRule(this, other);
}
