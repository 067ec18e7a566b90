namespace RunKit.Reports;

/// <summary>Named bars, one below the other, with error bars where their ends are known.</summary>
public sealed class BarChart : Figure
{
    private const int MostBars = 200;
    private const double NamesWidth = 190;
    private const double RowHeight = 18;
    private const double Right = Width - 24;
    private const int LongestName = 28;

    private readonly IReadOnlyList<string> _names;
    private readonly IReadOnlyList<double> _values;
    private IReadOnlyList<double> _low = [];
    private IReadOnlyList<double> _high = [];

    /// <summary>Creates a chart.</summary>
    /// <param name="title">The title.</param>
    /// <param name="axis">What the length of a bar is.</param>
    /// <param name="names">The names. The first 200 are drawn.</param>
    /// <param name="values">The values, as many.</param>
    /// <exception cref="ArgumentException">There are more names than values, or fewer.</exception>
    public BarChart(string title, string axis, IReadOnlyList<string> names, IReadOnlyList<double> values)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(axis);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(values);
        if (names.Count != values.Count)
        {
            throw new ArgumentException($"The chart '{title}' has {names.Count} names for {values.Count} values.", nameof(values));
        }

        Axis = axis;
        _names = names;
        _values = values;
    }

    /// <summary>Gets what the length of a bar is.</summary>
    public string Axis { get; }

    /// <summary>Creates the same chart with error bars.</summary>
    /// <param name="low">The lower end for each bar. Where either end is not finite, none is drawn.</param>
    /// <param name="high">The upper end for each bar.</param>
    /// <exception cref="ArgumentException">There are more or fewer ends than bars.</exception>
    public BarChart WithErrors(IReadOnlyList<double> low, IReadOnlyList<double> high)
    {
        ArgumentNullException.ThrowIfNull(low);
        ArgumentNullException.ThrowIfNull(high);
        if (low.Count != _values.Count || high.Count != _values.Count)
        {
            throw new ArgumentException($"The chart '{Title}' has {low.Count} lower and {high.Count} upper ends for {_values.Count} bars.", nameof(low));
        }

        return new BarChart(Title, Axis, _names, _values) { Description = Description, _low = low, _high = high };
    }

    internal override double Draw(SvgWriter svg, List<string> notes)
    {
        int count = Math.Min(_values.Count, MostBars);
        Scale scale = Scale.Of(Enumerable.Range(0, count).SelectMany(Extent).Append(0));
        double bottom = TitleHeight + (Math.Max(count, 1) * RowHeight) + 4;
        double X(double value) => NamesWidth + (scale.Fraction(value) * (Right - NamesWidth));
        foreach ((double value, string label) in scale.Ticks(6))
        {
            svg.Line(X(value), TitleHeight, X(value), bottom, "stroke=\"currentColor\" stroke-opacity=\"0.15\"");
            svg.Text(X(value), bottom + 16, label, "text-anchor=\"middle\" font-size=\"11\"");
        }

        for (int i = 0; i < count; i++)
        {
            DrawBar(svg, i, X);
        }

        svg.Line(X(0), TitleHeight, X(0), bottom, "stroke=\"currentColor\"");
        svg.Text((NamesWidth + Right) / 2, bottom + 36, Axis, "text-anchor=\"middle\"");
        if (count == 0)
        {
            svg.Text((NamesWidth + Right) / 2, TitleHeight + 14, "No data", "text-anchor=\"middle\" font-style=\"italic\"");
        }

        if (count < _values.Count)
        {
            notes.Add($"The first {count} of {_values.Count} bars are drawn.");
        }

        NoteMissing(_values.Take(count).Count(value => !double.IsFinite(value)), "bars", notes);
        return bottom + 48;
    }

    private bool HasError(int bar) => _low.Count > 0 && double.IsFinite(_values[bar]) && double.IsFinite(_low[bar]) && double.IsFinite(_high[bar]);

    private IEnumerable<double> Extent(int bar) => HasError(bar) ? [_values[bar], _low[bar], _high[bar]] : [_values[bar]];

    private void DrawBar(SvgWriter svg, int bar, Func<double, double> x)
    {
        double y = TitleHeight + (bar * RowHeight);
        double middle = y + (RowHeight / 2);
        svg.Text(NamesWidth - 8, middle + 4, XmlText.Shorten(_names[bar], LongestName), "text-anchor=\"end\" font-size=\"11\"");
        if (!double.IsFinite(_values[bar]))
        {
            svg.Text(x(0) + 4, middle + 4, "no value", "font-size=\"11\" font-style=\"italic\"");
            return;
        }

        (double start, double end) = (Math.Min(x(0), x(_values[bar])), Math.Max(x(0), x(_values[bar])));
        svg.Rectangle(start, y + 3, end - start, RowHeight - 6, $"fill=\"{Palette.Color(_values[bar] < 0 ? 1 : 0)}\" fill-opacity=\"0.85\"", _names[bar]);
        if (HasError(bar))
        {
            const string Attributes = "stroke=\"currentColor\" stroke-width=\"1.2\"";
            svg.Line(x(_low[bar]), middle, x(_high[bar]), middle, Attributes);
            svg.Line(x(_low[bar]), middle - 3, x(_low[bar]), middle + 3, Attributes);
            svg.Line(x(_high[bar]), middle - 3, x(_high[bar]), middle + 3, Attributes);
        }
    }
}
