using System.Globalization;
using MathNet.Numerics.Distributions;

namespace FloraRounds;

/// <summary>A mean over seeds with its 95 % interval by Student's t.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="HalfWidth">Half the width of the interval; not a number where there is one seed.</param>
internal readonly record struct Estimate(double Mean, double HalfWidth)
{
    private const double Probability = 0.975;

    public double Low => Mean - HalfWidth;

    public double High => Mean + HalfWidth;

    /// <summary>Gets whether the interval leaves out zero.</summary>
    public bool IsApartFromZero => HalfWidth < Math.Abs(Mean);

    public static Estimate Of(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        double squares = all.Sum(value => (value - mean) * (value - mean));
        double halfWidth = all.Length < 2 ? double.NaN : StudentT.InvCDF(0, 1, all.Length - 1, Probability) * Math.Sqrt(squares / (all.Length - 1) / all.Length);
        return new Estimate(mean, halfWidth);
    }

    /// <summary>Writes both numbers.</summary>
    /// <param name="format">The format of the half width.</param>
    /// <param name="isSigned">Whether the mean is a difference, whose sign counts.</param>
    public string ToText(string format = "0.000", bool isSigned = false)
    {
        string mean = Mean.ToString(isSigned ? $"+{format};-{format}" : format, CultureInfo.InvariantCulture);
        return double.IsNaN(HalfWidth) ? mean : $"{mean} ± {HalfWidth.ToString(format, CultureInfo.InvariantCulture)}";
    }
}
