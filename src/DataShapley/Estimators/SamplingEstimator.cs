namespace DataShapley.Estimators;

/// <summary>An estimator that draws: a new one says how a draw is made and counted, and has parallel evaluation, budgets, rules, journal and progress.</summary>
/// <typeparam name="TSample">What a draw gives.</typeparam>
public abstract record SamplingEstimator<TSample> : Estimator
{
    /// <inheritdoc />
    public sealed override async Task<EstimationOutcome> EstimateAsync(EstimationContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        SamplingLoop<TSample> loop = new(this, context);
        return await loop.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins a run.</summary>
    /// <param name="context">The game and the settings.</param>
    /// <param name="before">Evaluations before the first draw; they count for the budget.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <exception cref="ValuationException">The game does not suit the estimator.</exception>
    public abstract Task<Sampling<TSample>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken);
}
