using DataShapley.Statistics;

namespace DataShapley.Stopping;

/// <summary>Watches one run. Used by one thread; it sees draws in their order, whatever the number of workers.</summary>
public abstract class StoppingMonitor
{
    /// <summary>Is told of each draw.</summary>
    /// <param name="contributions">The sample of each player in this draw, NaN where it has none; empty where the estimator has no samples of single players.</param>
    public virtual void Observe(ReadOnlySpan<double> contributions)
    {
    }

    /// <summary>Decides.</summary>
    /// <param name="moment">What is known now.</param>
    public abstract StoppingDecision Check(StoppingMoment moment);

    /// <summary>Estimates how near the end is.</summary>
    /// <param name="moment">What is known now.</param>
    /// <returns>A share from 0 to 1; NaN where it cannot be told.</returns>
    public virtual double Completion(StoppingMoment moment) => double.NaN;
}
