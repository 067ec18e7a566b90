using System.Globalization;

namespace RunKit.Reports;

/// <summary>An axis: a range of numbers that is never empty, and round numbers in it.</summary>
internal readonly struct Scale
{
    // Below this share of their size, numbers are drawn as one: ticks could not be told apart.
    private const double Narrowest = 1e-9;
    private const double Smallest = 1e-290;
    private const double LargestPlain = 1e6;
    private const double SmallestPlain = 1e-5;

    private Scale(double minimum, double maximum)
    {
        Minimum = minimum;
        Maximum = maximum;
    }

    public double Minimum { get; }

    public double Maximum { get; }

    /// <summary>Spans the finite numbers, with a margin for what is constant; [0, 1] without any.</summary>
    public static Scale Of(IEnumerable<double> values)
    {
        double minimum = double.PositiveInfinity;
        double maximum = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                minimum = Math.Min(minimum, value);
                maximum = Math.Max(maximum, value);
            }
        }

        if (minimum > maximum)
        {
            return new Scale(0, 1);
        }

        double size = Math.Max(Math.Abs(minimum), Math.Abs(maximum));
        if ((maximum / 2) - (minimum / 2) > Math.Max(size * Narrowest, Smallest))
        {
            return new Scale(minimum, maximum);
        }

        double margin = size > Smallest ? size / 20 : 0.5;
        return new Scale(Math.Max(minimum - margin, -double.MaxValue), Math.Min(maximum + margin, double.MaxValue));
    }

    /// <summary>Computes where a number stands: 0 at the minimum, 1 at the maximum.</summary>
    public double Fraction(double value) => ((value / 2) - (Minimum / 2)) / ((Maximum / 2) - (Minimum / 2));

    /// <summary>Chooses multiples of 1, 2 or 5 times a power of ten, at most one more than wanted, with their labels.</summary>
    public (double Value, string Label)[] Ticks(int wanted)
    {
        double least = ((Maximum / 2) - (Minimum / 2)) / wanted * 2;
        int exponent = (int)Math.Floor(Math.Log10(least));
        double power = Math.Pow(10, exponent);
        int factor = (least / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        double step = factor * power;
        if (factor == 10)
        {
            exponent++;
        }

        double first = Math.Ceiling(Minimum / step);
        int count = (int)(Math.Floor(Maximum / step) - first) + 1;
        string format = Format(exponent);
        (double, string)[] ticks = new (double, string)[count];
        for (int i = 0; i < count; i++)
        {
            double tick = (first + i) * step;
            ticks[i] = (tick, first + i == 0 ? "0" : tick.ToString(format, CultureInfo.InvariantCulture));
        }

        return ticks;
    }

    private string Format(int exponent)
    {
        double size = Math.Max(Math.Abs(Minimum), Math.Abs(Maximum));
        if (size is >= LargestPlain or < SmallestPlain)
        {
            int digits = Math.Clamp((int)Math.Floor(Math.Log10(size)) - exponent, 0, 15);
            return digits == 0 ? "0e0" : $"0.{new string('#', digits)}e0";
        }

        return $"F{Math.Clamp(-exponent, 0, 15)}";
    }
}
