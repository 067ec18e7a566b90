using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>The baseline of every comparison: values uniform in [0, 1) from the seed, without an evaluation. Estimates nothing.</summary>
public sealed record RandomEstimator : Estimator
{
    /// <inheritdoc />
    public override string Name => "random";

    /// <inheritdoc />
    public override Semivalue? Target => null;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.None;

    /// <inheritdoc />
    public override Task<EstimationOutcome> EstimateAsync(EstimationContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        RandomSequence random = context.Random(Name).At(0);
        double[] values = new double[context.PlayerCount];
        double[] errors = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextDouble();
            errors[i] = double.NaN;
        }

        return Task.FromResult(new EstimationOutcome(new Estimate(values, errors, new long[values.Length]), ValuationStatus.Completed, 0, 0));
    }
}
