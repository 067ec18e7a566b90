namespace DataShapley.Stopping;

/// <summary>Stops, exhausted, when so many values were asked for. Asked between draws, it may be late by a few; <see cref="ValuationRecipe.Budget"/> never is.</summary>
public sealed record EvaluationLimit : StoppingRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="evaluations">The number of evaluations, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public EvaluationLimit(long evaluations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(evaluations, 1);
        Evaluations = evaluations;
    }

    /// <summary>Gets the number of evaluations.</summary>
    public long Evaluations { get; }

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(Evaluations);

    private sealed class Monitor(long limit) : StoppingMonitor
    {
        public override StoppingDecision Check(StoppingMoment moment) => moment.Evaluations >= limit ? StoppingDecision.Exhausted : StoppingDecision.Continue;

        public override double Completion(StoppingMoment moment) => Math.Min(1, (double)moment.Evaluations / limit);
    }
}
