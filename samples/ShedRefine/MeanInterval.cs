using System.Globalization;
using DataShapley;
using DataShapley.Statistics;

namespace ShedRefine;

/// <summary>A mean over seeds with a 95 % interval by Student's t.</summary>
internal readonly record struct MeanInterval(double Mean, double HalfWidth)
{
    public double Low => Mean - HalfWidth;

    public double High => Mean + HalfWidth;

    /// <summary>Gets whether zero is outside: seeds tell a difference.</summary>
    public bool IsTold => Low > 0 || High < 0;

    public static MeanInterval Of(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        if (values.Count < 2)
        {
            return new MeanInterval(mean, double.PositiveInfinity);
        }

        double variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        ValuationResult result = new([mean], [Math.Sqrt(variance / values.Count)], [values.Count]) { DegreesOfFreedom = [values.Count - 1] };
        Interval interval = result.Intervals()[0];
        return new MeanInterval(mean, interval.Width / 2);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mean:0.000}{(double.IsFinite(HalfWidth) ? $" ± {HalfWidth:0.000}" : string.Empty)}");
}
