namespace RunKit.Reports;

/// <summary>How often values fall into each of equal intervals.</summary>
public sealed class Histogram : Figure
{
    private const int MostBins = 100;

    private readonly IReadOnlyList<double> _values;

    /// <summary>Creates a histogram.</summary>
    /// <param name="title">The title.</param>
    /// <param name="axis">What the values are.</param>
    /// <param name="values">The values.</param>
    public Histogram(string title, string axis, IReadOnlyList<double> values)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(axis);
        ArgumentNullException.ThrowIfNull(values);
        Axis = axis;
        _values = values;
    }

    /// <summary>Gets what the values are.</summary>
    public string Axis { get; }

    /// <summary>Gets the number of intervals.</summary>
    /// <value>1 to 100; null by default: by the rule of Freedman and Diaconis.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in this range.</exception>
    public int? BinCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value ?? 1, MostBins);
            field = value;
        }
    }

    internal override double Draw(SvgWriter svg, List<string> notes)
    {
        double[] sorted = [.. _values.Where(double.IsFinite).Order()];
        Scale horizontal = Scale.Of(sorted);
        int[] counts = Count(sorted, horizontal);
        PlotArea area = new(horizontal, Scale.Of(counts.Select(count => (double)count).Append(0)), TitleHeight);
        area.DrawAxes(svg, Axis, "Count", sorted.Length == 0);
        double width = (PlotArea.Right - PlotArea.Left) / counts.Length;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
            {
                double y = area.Y(counts[i]);
                svg.Rectangle(
                    PlotArea.Left + (i * width), y, width, area.Bottom - y, $"fill=\"{Palette.Color(0)}\" fill-opacity=\"0.8\" stroke=\"currentColor\" stroke-opacity=\"0.4\"", $"{counts[i]}");
            }
        }

        NoteMissing(_values.Count - sorted.Length, "values", notes);
        return area.FigureHeight;
    }

    internal int[] Count(double[] sorted, Scale scale)
    {
        int[] counts = new int[BinCount ?? ChooseBins(sorted)];
        foreach (double value in sorted)
        {
            counts[Math.Min((int)(scale.Fraction(value) * counts.Length), counts.Length - 1)]++;
        }

        return counts;
    }

    private static int ChooseBins(double[] sorted)
    {
        if (sorted.Length < 2 || sorted[0] == sorted[^1])
        {
            return 1;
        }

        // Width 2·IQR/∛n. Where half of the values are one, there is no such width, and Sturges' count serves.
        double spread = sorted[sorted.Length * 3 / 4] - sorted[sorted.Length / 4];
        double bins = spread > 0 ? Math.Ceiling((sorted[^1] - sorted[0]) / (2 * spread) * Math.Cbrt(sorted.Length)) : Math.Ceiling(Math.Log2(sorted.Length)) + 1;
        return (int)Math.Clamp(double.IsNaN(bins) ? MostBins : bins, 1, MostBins);
    }
}
