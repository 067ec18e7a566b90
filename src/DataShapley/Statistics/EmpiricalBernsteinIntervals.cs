namespace DataShapley.Statistics;

/// <summary>The empirical Bernstein bound: φ ± (√(2 s² ln(3/α) / m) + 3 R ln(3/α) / m) for the mean of m independent samples of variance s² that span at most R. Holds for any m.</summary>
/// <remarks>
/// Audibert, Munos and Szepesvári, "Exploration–exploitation tradeoff using variance estimates in multi-armed bandits" (2009), theorem 1. They divide the variance by m, we by m − 1, which is
/// wider. For R see <see cref="HoeffdingIntervals"/>.
/// </remarks>
public sealed record EmpiricalBernsteinIntervals : IntervalMethod
{
    /// <summary>Gets R, the greatest difference of two samples.</summary>
    /// <value>Above zero, finite; null by default: what the estimator says, a multiple of the width of the utility's range. Where it says nothing, R has to be given here.</value>
    /// <exception cref="ArgumentOutOfRangeException">The range is not above zero and finite.</exception>
    public double? SampleRange
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value))
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The range of samples is above zero and finite.");
    }

    private protected override void Fill(ValuationResult result, double alpha, List<int> players, Interval[] intervals)
    {
        double range = RangeOf(result, SampleRange, "The empirical Bernstein inequality");
        double log = Math.Log(3 / alpha);
        foreach (int i in players)
        {
            if (result.Counts[i] < 2)
            {
                intervals[i] = Interval.Unknown;
                continue;
            }

            CheckIsMean(result, i, "The empirical Bernstein inequality");
            double half = Math.Sqrt(2 * result.Variances[i] * log / result.Counts[i]) + (3 * range * log / result.Counts[i]);
            intervals[i] = new Interval(result.Values[i] - half, result.Values[i] + half);
        }
    }
}
