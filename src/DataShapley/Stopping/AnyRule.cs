namespace DataShapley.Stopping;

/// <summary>Stops when either rule does: by convergence where one of them does so.</summary>
internal sealed record AnyRule(StoppingRule Left, StoppingRule Right) : StoppingRule
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
            return one == StoppingDecision.Converged || other == StoppingDecision.Converged
                ? StoppingDecision.Converged
                : (StoppingDecision)Math.Max((int)one, (int)other);
        }

        public override long NextCheck(long draws) => Math.Min(left.NextCheck(draws), right.NextCheck(draws));

        public override double Completion(StoppingMoment moment)
        {
            double one = left.Completion(moment);
            double other = right.Completion(moment);
            return double.IsNaN(one) ? other : double.IsNaN(other) ? one : Math.Max(one, other);
        }
    }
}
