using DataShapley.Statistics;

namespace DataShapley.Stopping;

/// <summary>Stops when enough players' standard errors are below a tolerance.</summary>
internal sealed class StandardErrorMonitor(Func<Estimate, double> tolerance, double fraction, long burnIn) : StoppingMonitor
{
    public override StoppingDecision Check(StoppingMoment moment)
    {
        Estimate estimate = moment.Estimate;
        double limit = tolerance(estimate);
        int below = 0;
        for (int i = 0; i < estimate.Values.Length; i++)
        {
            // Two samples that happen to agree have a standard error of 0, and an exact value has one as well, with no matter how few evaluations.
            if (double.IsNaN(estimate.StandardErrors[i]) && estimate.Counts[i] > burnIn)
            {
                throw new ValuationException(
                    ValuationError.UnsuitableIntervals, "The estimator gives no standard errors, and the stopping rule waits for small ones: it would wait for ever. Give it a budget, or another rule or estimator.");
            }

            bool isExact = estimate.StandardErrors[i] == 0 && double.IsPositiveInfinity(estimate.DegreesOfFreedom[i]);
            below += isExact || (estimate.Counts[i] > burnIn && estimate.StandardErrors[i] <= limit) ? 1 : 0;
        }

        return below >= fraction * estimate.Values.Length ? StoppingDecision.Converged : StoppingDecision.Continue;
    }

    // Errors fall with the root of the samples: (limit / error)² of them are there.
    public override double Completion(StoppingMoment moment)
    {
        double[] errors = [.. moment.Estimate.StandardErrors];
        Array.Sort(errors);
        double error = errors[Math.Clamp((int)Math.Ceiling(fraction * errors.Length) - 1, 0, errors.Length - 1)];
        double share = tolerance(moment.Estimate) / error;
        return double.IsNaN(share) ? double.NaN : Math.Min(1, share * share);
    }
}
