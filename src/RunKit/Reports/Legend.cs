namespace RunKit.Reports;

/// <summary>Names of series beside a sample of each, in rows below the title. One series needs none.</summary>
internal static class Legend
{
    private const double RowHeight = 18;
    private const double CharacterWidth = 6.6;
    private const double Sample = 34;
    private const int LongestName = 40;

    /// <summary>Draws the legend.</summary>
    /// <returns>The end of the last row.</returns>
    public static double Draw(SvgWriter svg, IReadOnlyList<Series> series, Action<int, double, double> drawSample)
    {
        double y = Figure.TitleHeight;
        if (series.Count < 2)
        {
            return y;
        }

        double x = PlotArea.Left;
        for (int i = 0; i < series.Count; i++)
        {
            string name = XmlText.Shorten(series[i].Name, LongestName);
            double width = Sample + (name.Length * CharacterWidth) + 14;
            if (x > PlotArea.Left && x + width > PlotArea.Right)
            {
                x = PlotArea.Left;
                y += RowHeight;
            }

            drawSample(i, x, y + 6);
            svg.Text(x + Sample, y + 10, name, "font-size=\"11\"");
            x += width;
        }

        return y + RowHeight + 4;
    }
}
