namespace RunKit.Reports;

/// <summary>Lines over a common axis, with bands about them where their series have any.</summary>
public sealed class LineChart : Figure
{
    private const int MostMarks = 60;

    private readonly IReadOnlyList<Series> _series;

    /// <summary>Creates a chart.</summary>
    /// <param name="title">The title.</param>
    /// <param name="horizontal">What the horizontal axis is.</param>
    /// <param name="vertical">What the vertical axis is.</param>
    /// <param name="series">The lines. Of one with more than 2,520 points the first, lowest, highest and last of each of 630 stretches are drawn.</param>
    public LineChart(string title, string horizontal, string vertical, params IReadOnlyList<Series> series)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(horizontal);
        ArgumentNullException.ThrowIfNull(vertical);
        ArgumentNullException.ThrowIfNull(series);
        Horizontal = horizontal;
        Vertical = vertical;
        _series = [.. series];
    }

    /// <summary>Gets what the horizontal axis is.</summary>
    public string Horizontal { get; }

    /// <summary>Gets what the vertical axis is.</summary>
    public string Vertical { get; }

    internal override double Draw(SvgWriter svg, List<string> notes)
    {
        double top = Legend.Draw(svg, _series, (index, x, y) => svg.Line(x, y, x + 28, y, Stroke(index)));
        Scale horizontal = Scale.Of(_series.SelectMany(series => series.X.Where((_, i) => series.IsFinite(i) || series.IsBandFinite(i))));
        Scale vertical = Scale.Of(_series.SelectMany(VerticalExtent));
        PlotArea area = new(horizontal, vertical, top);
        area.DrawAxes(svg, Horizontal, Vertical, _series.All(series => series.CountFinite() == 0));
        for (int i = 0; i < _series.Count; i++)
        {
            List<int> points = Thinning.Choose(_series[i]);
            if (points.Count < _series[i].X.Count)
            {
                notes.Add($"Of '{_series[i].Name}', {points.Count} of {_series[i].X.Count} points are drawn: the first, lowest, highest and last of each stretch.");
            }

            DrawBand(svg, area, i, points);
            DrawLine(svg, area, i, points);
        }

        NoteMissing(_series.Sum(series => series.X.Count - series.CountFinite()), "points", notes);
        return area.FigureHeight;
    }

    private static string Stroke(int index) => $"fill=\"none\" stroke=\"{Palette.Color(index)}\" stroke-width=\"1.8\" stroke-dasharray=\"{Palette.Dash(index)}\" stroke-linejoin=\"round\"";

    private static IEnumerable<double> VerticalExtent(Series series)
    {
        for (int i = 0; i < series.X.Count; i++)
        {
            if (series.IsFinite(i))
            {
                yield return series.Y[i];
            }

            if (series.IsBandFinite(i))
            {
                yield return series.Low[i];
                yield return series.High[i];
            }
        }
    }

    // Stretches without a gap.
    private static IEnumerable<List<int>> Unbroken(List<int> points, Func<int, bool> isThere)
    {
        List<int> stretch = [];
        foreach (int point in points)
        {
            if (isThere(point))
            {
                stretch.Add(point);
            }
            else if (stretch.Count > 0)
            {
                yield return stretch;
                stretch = [];
            }
        }

        if (stretch.Count > 0)
        {
            yield return stretch;
        }
    }

    private void DrawBand(SvgWriter svg, PlotArea area, int index, List<int> points)
    {
        Series series = _series[index];
        foreach (List<int> stretch in Unbroken(points, series.IsBandFinite))
        {
            IEnumerable<(double, double)> lower = stretch.Select(i => (area.X(series.X[i]), area.Y(series.Low[i])));
            IEnumerable<(double, double)> upper = stretch.Select(i => (area.X(series.X[i]), area.Y(series.High[i])));
            svg.Polygon(lower.Concat(upper.Reverse()), $"fill=\"{Palette.Color(index)}\" fill-opacity=\"0.18\" stroke=\"none\"");
        }
    }

    private void DrawLine(SvgWriter svg, PlotArea area, int index, List<int> points)
    {
        Series series = _series[index];
        foreach (List<int> stretch in Unbroken(points, series.IsFinite))
        {
            if (stretch.Count > 1)
            {
                svg.Polyline(stretch.Select(i => (area.X(series.X[i]), area.Y(series.Y[i]))), Stroke(index));
            }

            // A point by itself is no line: it shows as a mark, as the points of short lines do.
            if (stretch.Count == 1 || points.Count <= MostMarks)
            {
                foreach (int i in stretch)
                {
                    Palette.Mark(svg, index, area.X(series.X[i]), area.Y(series.Y[i]), 2.6);
                }
            }
        }
    }
}
