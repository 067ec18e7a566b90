namespace DataShapley.Stopping;

/// <summary>Stops, exhausted, when the run has taken so long. Where it stops depends on the machine: two runs differ.</summary>
public sealed record TimeLimit : StoppingRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="time">The time, above zero; told by <see cref="Games.EvaluationOptions.Time"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeLimit(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        Time = time;
    }

    /// <summary>Gets the time.</summary>
    public TimeSpan Time { get; }

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        return new Monitor(start.Time, Time);
    }

    private sealed class Monitor(TimeProvider clock, TimeSpan limit) : StoppingMonitor
    {
        private readonly long _start = clock.GetTimestamp();

        public override StoppingDecision Check(StoppingMoment moment) => clock.GetElapsedTime(_start) >= limit ? StoppingDecision.Exhausted : StoppingDecision.Continue;

        public override double Completion(StoppingMoment moment) => Math.Min(1, clock.GetElapsedTime(_start) / limit);
    }
}
