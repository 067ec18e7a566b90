using MathNet.Numerics.Distributions;

namespace DataShapley.Statistics;

/// <summary>φ ± t_{ν, 1−α/2} · s, with the standard error s and the degrees of freedom ν that the estimator gives: n − 1 of means, Satterthwaite's of differences, +∞ for the normal distribution.</summary>
/// <remarks>For many samples; for few of a skewed distribution it covers less than it says, and <see cref="BootstrapIntervals"/> or a bound serves better.</remarks>
public sealed record StudentTIntervals : IntervalMethod
{
    // Past so many degrees the quantile differs from the normal one by less than its own rounding error.
    private const double AsGoodAsNormal = 1e10;

    internal static double Quantile(double degreesOfFreedom, double probability) => degreesOfFreedom >= AsGoodAsNormal
        ? Normal.InvCDF(0, 1, probability)
        : MathNet.Numerics.Distributions.StudentT.InvCDF(0, 1, degreesOfFreedom, probability);

    private protected override void Fill(ValuationResult result, double alpha, List<int> players, Interval[] intervals)
    {
        double degrees = double.NaN;
        double quantile = double.NaN;
        foreach (int i in players)
        {
            double error = result.StandardErrors[i];
            if (double.IsNaN(error))
            {
                throw new ValuationException(
                    ValuationError.UnsuitableIntervals, $"The estimator '{result.Estimator}' gives no standard errors, and intervals of Student's t need them. Run it with several seeds, or use another estimator.");
            }

            double own = result.DegreesOfFreedom[i];
            if (double.IsInfinity(error) || !(own > 0))
            {
                intervals[i] = Interval.Unknown;
                continue;
            }

            // Most players share their degrees of freedom, and a quantile is dear.
            if (own != degrees)
            {
                degrees = own;
                quantile = -Quantile(own, alpha / 2);
            }

            intervals[i] = new Interval(result.Values[i] - (quantile * error), result.Values[i] + (quantile * error));
        }
    }
}
