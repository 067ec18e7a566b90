namespace DataShapley.Statistics;

/// <summary>Hoeffding's bound: φ ± R · √(ln(2/α) / (2m)) for the mean of m independent samples that span at most R. Holds for any m; wide.</summary>
/// <remarks>A marginal v(S∪i) − v(S) of a utility in [a, b] lies in [a − b, b − a], so that R = 2 · (b − a); means of marginals in pairs or groups do as well.</remarks>
public sealed record HoeffdingIntervals : IntervalMethod
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
        double range = RangeOf(result, SampleRange, "Hoeffding's inequality");
        foreach (int i in players)
        {
            if (result.Counts[i] < 2)
            {
                intervals[i] = Interval.Unknown;
                continue;
            }

            CheckIsMean(result, i, "Hoeffding's inequality");
            double half = range * Math.Sqrt(Math.Log(2 / alpha) / (2.0 * result.Counts[i]));
            intervals[i] = new Interval(result.Values[i] - half, result.Values[i] + half);
        }
    }
}
