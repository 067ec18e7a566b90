namespace DataShapley.Utilities;

/// <summary>The settings of a <see cref="LinearProbeUtility"/>.</summary>
public sealed record LinearProbeOptions
{
    /// <summary>Gets the ridge λ: λ times the squares of the weights, the intercept's left out, is added to the summed squared errors.</summary>
    /// <value>Above 0; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The ridge is not a finite number above 0.</exception>
    public double Ridge
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The ridge is a finite number above 0.");
    } = 1;

    /// <summary>Gets how the regression is measured.</summary>
    /// <value><see cref="RegressionScore.Determination"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such score.</exception>
    public RegressionScore Score
    {
        get;
        init => field = value is RegressionScore.Determination or RegressionScore.NegativeMeanSquaredError ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such score.");
    }
}
