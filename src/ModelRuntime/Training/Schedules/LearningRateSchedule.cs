namespace ModelRuntime.Training.Schedules;

/// <summary>How the learning rate goes over the steps of a training: a warm-up from zero, then what the schedule says.</summary>
/// <remarks>
/// As in Hugging Face transformers, with s the steps taken before and w the steps of the warm-up: <c>s/w</c> while <c>s &lt; w</c>, so the very first step of
/// a warm-up has a rate of zero.
/// </remarks>
public abstract record LearningRateSchedule
{
    /// <summary>Gets the number of steps of the warm-up.</summary>
    /// <value>Not negative; 0 by default, which leaves it to <see cref="WarmupRatio"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int WarmupSteps
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Gets the warm-up as a share of all steps, rounded up to whole steps.</summary>
    /// <value>In [0, 1]; 0 by default. Ignored where <see cref="WarmupSteps"/> is above zero.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside of that.</exception>
    public double WarmupRatio
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A share is in [0, 1].");
    }

    /// <summary>Returns what the peak learning rate is multiplied by in a step.</summary>
    /// <param name="step">The number of steps taken before: 0 for the first.</param>
    /// <param name="steps">The number of all steps.</param>
    /// <returns>A factor from 0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public double FactorOf(int step, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, steps);
        int warmup = WarmupSteps > 0 ? WarmupSteps : (int)Math.Ceiling(steps * WarmupRatio);
        return step < warmup ? (double)step / warmup : FactorAt((double)(step - warmup) / (steps - warmup));
    }

    /// <summary>Returns the factor after the warm-up.</summary>
    /// <param name="progress">The share of the remaining steps that has been taken, in [0, 1).</param>
    protected abstract double FactorAt(double progress);
}
