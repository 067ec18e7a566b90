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

    /// <summary>Says when it has to be asked next at the latest. Rules are asked after each draw at first, then less and less often.</summary>
    /// <param name="draws">The draws that count so far.</param>
    /// <returns>A number of draws above that; the greatest number, the default, where it does not matter.</returns>
    public virtual long NextCheck(long draws) => long.MaxValue;

    /// <summary>Estimates how near the end is.</summary>
    /// <param name="moment">What is known now.</param>
    /// <returns>A share from 0 to 1; NaN where it cannot be told.</returns>
    public virtual double Completion(StoppingMoment moment) => double.NaN;
}
