namespace DataShapley.Statistics;

/// <summary>A way from a result to an interval for each player. Immutable.</summary>
public abstract record IntervalMethod
{
    // Standard errors that were computed as √(variance / count) agree to a few roundings.
    private const double MeanTolerance = 1e-9;

    private protected IntervalMethod()
    {
    }

    /// <summary>Gets Student's t with the standard errors and degrees of freedom of the result: right for every design that has them.</summary>
    public static StudentTIntervals StudentT { get; } = new();

    /// <summary>Gets Hoeffding's bound: holds for any number of samples of a known range.</summary>
    public static HoeffdingIntervals Hoeffding { get; } = new();

    /// <summary>Gets the empirical Bernstein bound: as Hoeffding's, much narrower where samples vary little.</summary>
    public static EmpiricalBernsteinIntervals EmpiricalBernstein { get; } = new();

    /// <summary>Gets the bootstrap of kept samples, bias-corrected and accelerated.</summary>
    public static BootstrapIntervals Bootstrap { get; } = new();

    /// <summary>Gets whether the level is that of each interval or of all at once.</summary>
    /// <value><see cref="SimultaneousLevel.EachPlayer"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    public SimultaneousLevel Simultaneous
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such level.");
    }

    /// <summary>Computes the intervals.</summary>
    /// <param name="result">The result.</param>
    /// <param name="level">The probability with which they hold, in (0, 1).</param>
    /// <returns>One for each player: the value alone where it is exact, everything where nothing is known, NaN for a player without a value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The level lies outside (0, 1).</exception>
    /// <exception cref="ValuationException">The result lacks what the method needs.</exception>
    public IReadOnlyList<Interval> Compute(ValuationResult result, double level)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (!(level is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "The level of an interval lies in (0, 1), as 0.95 does.");
        }

        int players = result.Values.Count;
        double alpha = Simultaneous switch
        {
            SimultaneousLevel.Bonferroni => (1 - level) / players,
            SimultaneousLevel.Sidak => 1 - Math.Pow(level, 1.0 / players),
            _ => 1 - level,
        };
        Interval[] intervals = new Interval[players];
        List<int> open = [];
        for (int i = 0; i < players; i++)
        {
            if (double.IsNaN(result.Values[i]))
            {
                intervals[i] = new Interval(double.NaN, double.NaN);
            }
            else if (result.StandardErrors[i] == 0 && double.IsPositiveInfinity(result.DegreesOfFreedom[i]))
            {
                intervals[i] = new Interval(result.Values[i], result.Values[i]);
            }
            else
            {
                open.Add(i);
            }
        }

        if (open.Count > 0)
        {
            Fill(result, alpha, open, intervals);
        }

        return intervals;
    }

    /// <summary>Fills in the intervals of players whose values are there and not exact.</summary>
    private protected abstract void Fill(ValuationResult result, double alpha, List<int> players, Interval[] intervals);

    // Bounds for means hold for means: differences of means (MSR), sums over strata and regressions are something else.
    private protected static void CheckIsMean(ValuationResult result, int player, string bound)
    {
        double variance = result.Variances[player];
        double ofMean = Math.Sqrt(variance / result.Counts[player]);
        double error = result.StandardErrors[player];
        if (!(Math.Abs(error - ofMean) <= MeanTolerance * Math.Max(error, ofMean)))
        {
            throw new ValuationException(
                ValuationError.UnsuitableIntervals,
                $"{bound} bounds the mean of independent samples; the values of '{result.Estimator}' are something else. Use IntervalMethod.StudentT.");
        }
    }

    private protected static double RangeOf(ValuationResult result, double? given, string bound) =>
        given ?? (result.SampleRange * result.Range?.Width) ?? throw new ValuationException(
            ValuationError.UnknownRange,
            result.Range is null
                ? $"{bound} needs the range of the samples, and the utility '{result.Utility}' does not say what values it can take. Give it a Range, or set SampleRange."
                : $"{bound} needs the range of the samples, and the estimator '{result.Estimator}' does not say how far they can be apart. Set SampleRange.");
}
