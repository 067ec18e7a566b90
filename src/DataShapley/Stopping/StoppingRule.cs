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

    /// <summary>Negates a rule: stops while it would go on, and goes on while it would stop. What is exhausted stays so.</summary>
    /// <param name="rule">The rule.</param>
    public static StoppingRule operator !(StoppingRule rule) => rule.LogicalNot();

    /// <summary>Stops when this and another rule do.</summary>
    /// <param name="other">The other rule.</param>
    public StoppingRule BitwiseAnd(StoppingRule other) => new AllRules(this, other);

    /// <summary>Stops when this or another rule does.</summary>
    /// <param name="other">The other rule.</param>
    public StoppingRule BitwiseOr(StoppingRule other) => new AnyRule(this, other);

    /// <summary>Stops while this rule would go on. What is exhausted stays so: a limit of time, draws or evaluations stops under a negation as well.</summary>
    public StoppingRule LogicalNot() => new NotRule(this);
}
