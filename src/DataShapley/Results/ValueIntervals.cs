using DataShapley.Statistics;

namespace DataShapley.Results;

/// <summary>Intervals of Student's t for files and reports, each for its player by itself.</summary>
/// <param name="Low">The lower ends; NaN where the estimator gives no error or too few samples.</param>
/// <param name="High">The upper ends.</param>
internal sealed record ValueIntervals(double[] Low, double[] High)
{
    public const double DefaultLevel = 0.95;

    public static ValueIntervals Of(ValuationResult result, double level)
    {
        CheckLevel(level);
        Dictionary<double, double> quantiles = [];
        double[] low = new double[result.Values.Count];
        double[] high = new double[result.Values.Count];
        for (int i = 0; i < low.Length; i++)
        {
            double margin = Margin(result.StandardErrors[i], result.DegreesOfFreedom[i], level, quantiles);
            low[i] = result.Values[i] - margin;
            high[i] = result.Values[i] + margin;
        }

        return new ValueIntervals(low, high);
    }

    public static void CheckLevel(double level)
    {
        if (!(level > 0 && level < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "The level of an interval is above 0 and below 1.");
        }
    }

    private static double Margin(double error, double freedom, double level, Dictionary<double, double> quantiles)
    {
        if (!double.IsFinite(error) || !(freedom > 0))
        {
            return double.NaN;
        }

        // Many players have as many samples, and the quantile is the costly part.
        if (!quantiles.TryGetValue(freedom, out double quantile))
        {
            quantile = StudentTIntervals.Quantile(freedom, (1 + level) / 2);
            quantiles.Add(freedom, quantile);
        }

        return quantile * error;
    }
}
