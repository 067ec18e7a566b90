using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Leave-one-out: φ_i = v(N) − v(N ∖ i). Exact, n + 1 evaluations; of duplicates neither is worth anything.</summary>
public sealed record LeaveOneOutEstimator : SamplingEstimator<double>
{
    /// <inheritdoc />
    public override string Name => "loo";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue.LeaveOneOut;

    /// <inheritdoc />
    public override EstimatorPromises Promises =>
        EstimatorPromises.Exact | EstimatorPromises.Unbiased | EstimatorPromises.NullPlayer | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override async Task<Sampling<double>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(before);
        Coalition full = Coalition.Full(context.PlayerCount);
        double value = await before.EvaluateAsync(full, cancellationToken).ConfigureAwait(false);
        return !double.IsNaN(value)
            ? new Run(full, value)
            : throw new ValuationException(ValuationError.NothingLeft, "Leave-one-out compares with the value of everybody, and its evaluation failed and was left out.");
    }

    private sealed class Run(Coalition full, double value) : Sampling<double>
    {
        private readonly double[] _contributions = new double[full.PlayerCount];
        private int _next;

        public override long? DrawCount => full.PlayerCount;

        public override bool IsAllOrNothing => true;

        public override long MaximumCost(long index) => 1;

        public override async Task<double> DrawAsync(Draw draw, CancellationToken cancellationToken) =>
            value - await draw.EvaluateAsync(full.Without((int)draw.Index), cancellationToken).ConfigureAwait(false);

        public override void Commit(double sample) => _contributions[_next++] = sample;

        // A player whose evaluation was left out has no value; the others keep theirs.
        public override Estimate Estimate() => new(
            [.. _contributions.Select(contribution => double.IsNaN(contribution) ? 0 : contribution)],
            [.. _contributions.Select(contribution => double.IsNaN(contribution) ? double.PositiveInfinity : 0)],
            [.. _contributions.Select(contribution => double.IsNaN(contribution) ? 0L : 1)])
        {
            Variances = [.. _contributions.Select(contribution => double.IsNaN(contribution) ? double.NaN : 0)],
            DegreesOfFreedom = [.. _contributions.Select(contribution => double.IsNaN(contribution) ? 0 : double.PositiveInfinity)],
        };
    }
}
