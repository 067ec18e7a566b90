namespace DataShapley.Stopping;

/// <summary>Stops when every player has so many samples. As <c>new MinimumUpdates(100) &amp; other</c> it keeps another rule from stopping early.</summary>
public sealed record MinimumUpdates : StoppingRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="updates">The number of samples, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public MinimumUpdates(long updates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(updates, 1);
        Updates = updates;
    }

    /// <summary>Gets the number of samples.</summary>
    public long Updates { get; }

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(Updates);

    private sealed class Monitor(long updates) : StoppingMonitor
    {
        public override StoppingDecision Check(StoppingMoment moment) => moment.Estimate.Counts.Min() >= updates ? StoppingDecision.Converged : StoppingDecision.Continue;

        public override double Completion(StoppingMoment moment) => Math.Min(1, (double)moment.Estimate.Counts.Min() / updates);
    }
}
