namespace ModelRuntime.Training;

/// <summary>A loss summed over labels.</summary>
/// <param name="NegativeLogLikelihood">The sum of the labels' negative log-probabilities, in nats.</param>
/// <param name="Labels">The number of labels.</param>
public readonly record struct LossSum(double NegativeLogLikelihood, int Labels)
{
    /// <summary>Gets the mean over labels, in nats; NaN where there is none.</summary>
    public double Mean => NegativeLogLikelihood / Labels;

    /// <summary>Adds two sums.</summary>
    public static LossSum operator +(LossSum left, LossSum right) => new(left.NegativeLogLikelihood + right.NegativeLogLikelihood, left.Labels + right.Labels);

    /// <summary>Adds two sums.</summary>
    public static LossSum Add(LossSum left, LossSum right) => left + right;
}
