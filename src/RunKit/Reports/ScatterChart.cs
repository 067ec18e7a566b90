namespace RunKit.Reports;

/// <summary>Points in a plane, in groups that differ by colour and shape.</summary>
public sealed class ScatterChart : Figure
{
    private const double PixelsApart = 3;

    private readonly IReadOnlyList<Series> _groups;

    /// <summary>Creates a chart.</summary>
    /// <param name="title">The title.</param>
    /// <param name="horizontal">What the horizontal axis is.</param>
    /// <param name="vertical">What the vertical axis is.</param>
    /// <param name="groups">The points. Of those of a group that lie in one square of 3 × 3 pixels, the first is drawn.</param>
    public ScatterChart(string title, string horizontal, string vertical, params IReadOnlyList<Series> groups)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(horizontal);
        ArgumentNullException.ThrowIfNull(vertical);
        ArgumentNullException.ThrowIfNull(groups);
        Horizontal = horizontal;
        Vertical = vertical;
        _groups = [.. groups];
    }

    /// <summary>Gets what the horizontal axis is.</summary>
    public string Horizontal { get; }

    /// <summary>Gets what the vertical axis is.</summary>
    public string Vertical { get; }

    internal override double Draw(SvgWriter svg, List<string> notes)
    {
        double top = Legend.Draw(svg, _groups, (index, x, y) => Palette.Mark(svg, index, x + 20, y, 3.5));
        Scale horizontal = Scale.Of(_groups.SelectMany(group => group.X.Where((_, i) => group.IsFinite(i))));
        Scale vertical = Scale.Of(_groups.SelectMany(group => group.Y.Where((_, i) => group.IsFinite(i))));
        PlotArea area = new(horizontal, vertical, top);
        area.DrawAxes(svg, Horizontal, Vertical, _groups.All(group => group.CountFinite() == 0));
        for (int i = 0; i < _groups.Count; i++)
        {
            DrawGroup(svg, area, i, notes);
        }

        NoteMissing(_groups.Sum(group => group.X.Count - group.CountFinite()), "points", notes);
        return area.FigureHeight;
    }

    private void DrawGroup(SvgWriter svg, PlotArea area, int index, List<string> notes)
    {
        Series group = _groups[index];
        HashSet<(int, int)> taken = [];
        foreach (int i in Enumerable.Range(0, group.X.Count).Where(group.IsFinite))
        {
            (double x, double y) = (area.X(group.X[i]), area.Y(group.Y[i]));
            if (taken.Add(((int)(x / PixelsApart), (int)(y / PixelsApart))))
            {
                Palette.Mark(svg, index, x, y, 3);
            }
        }

        if (taken.Count < group.CountFinite())
        {
            notes.Add($"Of '{group.Name}', {taken.Count} of {group.CountFinite()} points are drawn: the others lie on them.");
        }
    }
}
