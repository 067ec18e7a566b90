namespace DataShapley.Stopping;

/// <summary>Stops, exhausted, after exactly so many draws.</summary>
public sealed record DrawLimit : StoppingRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="draws">The number of draws, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public DrawLimit(long draws)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        Draws = draws;
    }

    /// <summary>Gets the number of draws.</summary>
    public long Draws { get; }

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(Draws);

    private sealed class Monitor(long limit) : StoppingMonitor
    {
        public override StoppingDecision Check(StoppingMoment moment) => moment.Draws >= limit ? StoppingDecision.Exhausted : StoppingDecision.Continue;

        public override long NextCheck(long draws) => draws < limit ? limit : long.MaxValue;

        public override double Completion(StoppingMoment moment) => Math.Min(1, (double)moment.Draws / limit);
    }
}
