namespace RunKit.Reports;

/// <summary>The part of a figure between two axes.</summary>
internal sealed class PlotArea(Scale horizontal, Scale vertical, double top)
{
    public const double Left = 70;
    public const double Right = Figure.Width - 20;
    public const double Height = 270;
    private const double BelowAxis = 48;
    private const int LongestLabel = 60;
    private const string Grid = "stroke=\"currentColor\" stroke-opacity=\"0.15\"";

    public double Bottom { get; } = top + Height;

    /// <summary>Gets the height of the figure.</summary>
    public double FigureHeight => Bottom + BelowAxis;

    public double X(double value) => Left + (horizontal.Fraction(value) * (Right - Left));

    public double Y(double value) => Bottom - (vertical.Fraction(value) * Height);

    public void DrawAxes(SvgWriter svg, string horizontalLabel, string verticalLabel, bool isEmpty)
    {
        foreach ((double value, string label) in vertical.Ticks(6))
        {
            svg.Line(Left, Y(value), Right, Y(value), Grid);
            svg.Text(Left - 6, Y(value) + 4, label, "text-anchor=\"end\" font-size=\"11\"");
        }

        foreach ((double value, string label) in horizontal.Ticks(8))
        {
            svg.Line(X(value), top, X(value), Bottom, Grid);
            svg.Text(X(value), Bottom + 16, label, "text-anchor=\"middle\" font-size=\"11\"");
        }

        svg.Line(Left, Bottom, Right, Bottom, "stroke=\"currentColor\"");
        svg.Line(Left, top, Left, Bottom, "stroke=\"currentColor\"");
        double middle = top + (Height / 2);
        svg.Text((Left + Right) / 2, Bottom + 36, XmlText.Shorten(horizontalLabel, LongestLabel), "text-anchor=\"middle\"");
        svg.Text(-middle, 14, XmlText.Shorten(verticalLabel, LongestLabel), "text-anchor=\"middle\" transform=\"rotate(-90)\"");
        if (isEmpty)
        {
            svg.Text((Left + Right) / 2, middle, "No data", "text-anchor=\"middle\" font-style=\"italic\"");
        }
    }
}
