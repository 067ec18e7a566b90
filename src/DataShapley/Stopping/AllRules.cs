namespace DataShapley.Stopping;

/// <summary>Stops when both rules do: by exhaustion where one of them does so.</summary>
internal sealed record AllRules(StoppingRule Left, StoppingRule Right) : StoppingRule
{
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(Left.Begin(start), Right.Begin(start));

    private sealed class Monitor(StoppingMonitor left, StoppingMonitor right) : StoppingMonitor
    {
        public override void Observe(ReadOnlySpan<double> contributions)
        {
            left.Observe(contributions);
            right.Observe(contributions);
        }

        public override StoppingDecision Check(StoppingMoment moment)
        {
            // Both are asked each time: what they remember depends on it.
            StoppingDecision one = left.Check(moment);
            StoppingDecision other = right.Check(moment);
            return (StoppingDecision)(one == StoppingDecision.Continue || other == StoppingDecision.Continue ? 0 : Math.Max((int)one, (int)other));
        }

        public override long NextCheck(long draws) => Math.Min(left.NextCheck(draws), right.NextCheck(draws));

        public override double Completion(StoppingMoment moment) => Math.Min(left.Completion(moment), right.Completion(moment));
    }
}
