namespace RunKit.Reports;

/// <summary>A drawing of a report: SVG without scripts, styles or references, the same bytes for the same data.</summary>
public abstract class Figure
{
    internal const double Width = 720;
    internal const double TitleHeight = 30;
    private const int LongestTitle = 90;

    private protected Figure(string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        Title = title;
    }

    /// <summary>Gets the title, which stands above the drawing.</summary>
    public string Title { get; }

    /// <summary>Gets what the drawing shows, for its caption and for those who do not see it.</summary>
    /// <value>Empty by default.</value>
    public string Description
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = string.Empty;

    /// <summary>Draws the figure as a document of its own. Numbers that are not finite are left out, and many points are thinned; its description says how many.</summary>
    public string ToSvg() => Render().Svg;

    internal (string Svg, string Caption) Render()
    {
        SvgWriter svg = new();
        List<string> notes = [];
        svg.Text(Width / 2, 18, XmlText.Shorten(Title, LongestTitle), "text-anchor=\"middle\" font-size=\"14\" font-weight=\"600\"");
        double height = Draw(svg, notes);
        string caption = string.Join(' ', ((string[])[Description, .. notes]).Where(text => text.Length > 0));
        return (svg.ToSvg(Width, height, Title, caption), caption);
    }

    /// <summary>Draws below the title.</summary>
    /// <param name="svg">Takes the shapes.</param>
    /// <param name="notes">Takes sentences on what is not drawn.</param>
    /// <returns>The height of the whole.</returns>
    internal abstract double Draw(SvgWriter svg, List<string> notes);

    private protected static void NoteMissing(int missing, string what, List<string> notes)
    {
        if (missing > 0)
        {
            notes.Add($"Left out: {missing} {what} without a finite value.");
        }
    }
}
