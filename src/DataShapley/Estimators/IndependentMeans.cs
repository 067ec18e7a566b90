namespace DataShapley.Estimators;

/// <summary>A weighted sum of means of independent samples: its value, its standard error (Welch) and their degrees of freedom (Satterthwaite).</summary>
internal struct IndependentMeans
{
    private double _variance;
    private double _denominator;
    private long _degrees;

    /// <summary>Gets the sum; NaN where a mean has no samples.</summary>
    public double Value { get; private set; }

    /// <summary>Gets how many samples stand behind it.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the standard error: +∞ where a mean has fewer than two samples.</summary>
    public readonly double StandardError => Math.Sqrt(_variance);

    /// <summary>Gets the degrees of freedom; 0 where a mean has fewer than two samples.</summary>
    public readonly double DegreesOfFreedom => double.IsPositiveInfinity(_variance) ? 0
        : _denominator > 0 ? _variance * _variance / _denominator
        : _degrees > 0 ? _degrees : double.PositiveInfinity;

    public void Add(double coefficient, in SampleMoments samples)
    {
        Value += coefficient * samples.Mean;
        Count += samples.Count;
        if (samples.Count < 2)
        {
            _variance = double.PositiveInfinity;
            return;
        }

        double part = coefficient * coefficient * samples.Variance / samples.Count;
        _variance += part;
        _denominator += part * part / (samples.Count - 1);
        _degrees += samples.Count - 1;
    }

    /// <summary>Adds what is known exactly.</summary>
    public void Add(double exact) => Value += exact;

    /// <summary>Adds what stands in for a mean without samples: the error is not known then.</summary>
    public void AddGuess(double guess)
    {
        Value += guess;
        _variance = double.PositiveInfinity;
    }
}
