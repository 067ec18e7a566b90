namespace DataShapley.Utilities;

/// <summary>The settings of a <see cref="SoftmaxProbeUtility"/>.</summary>
public sealed record SoftmaxProbeOptions
{
    /// <summary>Gets the ridge λ: λ/2 times the squares of all weights is added to the summed loss. The intercept is a weight like others, of a feature that is 1 everywhere.</summary>
    /// <value>Above 0; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The ridge is not a finite number above 0.</exception>
    public double Ridge
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The ridge is a finite number above 0.");
    } = 1;

    /// <summary>Gets how the classifier is measured.</summary>
    /// <value><see cref="ProbeScore.Accuracy"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such score.</exception>
    public ProbeScore Score
    {
        get;
        init => field = value is >= ProbeScore.Accuracy and <= ProbeScore.NegativeLogLoss ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such score.");
    }

    /// <summary>Gets how far from 0 the greatest derivative of the mean loss may be where the fit ends. Newton's steps square the distance, so that most fits end far below.</summary>
    /// <value>Above 0; 10⁻⁸ by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not a finite number above 0.</exception>
    public double Tolerance
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The tolerance is a finite number above 0.");
    } = 1e-8;
}
