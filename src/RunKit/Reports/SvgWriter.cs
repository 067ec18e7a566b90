using System.Globalization;
using System.Text;

namespace RunKit.Reports;

/// <summary>Writes the shapes of a figure. Attributes come from this library and are written as they are; texts are escaped.</summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder _body = new();

    public void Line(double x1, double y1, double x2, double y2, string attributes) =>
        _body.Append("<line x1=\"").Append(Number(x1)).Append("\" y1=\"").Append(Number(y1)).Append("\" x2=\"").Append(Number(x2)).Append("\" y2=\"").Append(Number(y2))
            .Append("\" ").Append(attributes).Append("/>\n");

    public void Rectangle(double x, double y, double width, double height, string attributes, string? hint = null)
    {
        _body.Append("<rect x=\"").Append(Number(x)).Append("\" y=\"").Append(Number(y)).Append("\" width=\"").Append(Number(width)).Append("\" height=\"").Append(Number(height))
            .Append("\" ").Append(attributes);
        _ = hint is null ? _body.Append("/>\n") : _body.Append("><title>").Append(XmlText.Escape(hint)).Append("</title></rect>\n");
    }

    public void Circle(double x, double y, double radius, string attributes) =>
        _body.Append("<circle cx=\"").Append(Number(x)).Append("\" cy=\"").Append(Number(y)).Append("\" r=\"").Append(Number(radius)).Append("\" ").Append(attributes).Append("/>\n");

    public void Polyline(IEnumerable<(double X, double Y)> points, string attributes) => Points("polyline", points, attributes);

    public void Polygon(IEnumerable<(double X, double Y)> points, string attributes) => Points("polygon", points, attributes);

    public void Text(double x, double y, string text, string attributes) =>
        _body.Append("<text x=\"").Append(Number(x)).Append("\" y=\"").Append(Number(y)).Append("\" ").Append(attributes).Append('>').Append(XmlText.Escape(text)).Append("</text>\n");

    /// <summary>Closes the drawing. Its colours are those of the text around it, so that it suits light and dark pages.</summary>
    public string ToSvg(double width, double height, string title, string description) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" role="img" width="{Number(width)}" height="{Number(height)}" viewBox="0 0 {Number(width)} {Number(height)}" font-family="system-ui, sans-serif" font-size="12" fill="currentColor">
        <title>{XmlText.Escape(title)}</title>
        <desc>{XmlText.Escape(description)}</desc>
        {_body}</svg>

        """);

    // A hundredth of a pixel is more than any screen shows. Adding zero makes a negative zero positive.
    private static string Number(double value) => (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);

    private void Points(string element, IEnumerable<(double X, double Y)> points, string attributes)
    {
        _body.Append('<').Append(element).Append(" points=\"");
        string separator = string.Empty;
        foreach ((double x, double y) in points)
        {
            _body.Append(separator).Append(Number(x)).Append(',').Append(Number(y));
            separator = " ";
        }

        _body.Append("\" ").Append(attributes).Append("/>\n");
    }
}
