namespace ModelRuntime.Training.Schedules;

/// <summary>Half a cosine: <c>f + (1 − f)·(1 + cos πt)/2</c>, with t the share of the steps after the warm-up and f the factor at the end.</summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <summary>Gets the factor that the schedule ends at.</summary>
    /// <value>In [0, 1]; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The factor is outside of that.</exception>
    public double MinimumFactor
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A factor is in [0, 1].");
    }

    /// <inheritdoc />
    protected override double FactorAt(double progress) => MinimumFactor + ((1 - MinimumFactor) * (1 + Math.Cos(Math.PI * progress)) / 2);
}
