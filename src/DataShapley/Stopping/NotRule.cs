namespace DataShapley.Stopping;

/// <summary>Stops while a rule would go on, and goes on while it would stop. Exhaustion stays what it is: time that is used up does not come back by a negation.</summary>
internal sealed record NotRule(StoppingRule Inner) : StoppingRule
{
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(Inner.Begin(start));

    private sealed class Monitor(StoppingMonitor inner) : StoppingMonitor
    {
        public override void Observe(ReadOnlySpan<double> contributions) => inner.Observe(contributions);

        public override StoppingDecision Check(StoppingMoment moment) => inner.Check(moment) switch
        {
            StoppingDecision.Continue => StoppingDecision.Converged,
            StoppingDecision.Converged => StoppingDecision.Continue,
            _ => StoppingDecision.Exhausted,
        };

        public override long NextCheck(long draws) => inner.NextCheck(draws);
    }
}
