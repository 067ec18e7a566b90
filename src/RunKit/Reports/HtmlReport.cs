using System.Text;
using ModelTensors.Checkpoints;

namespace RunKit.Reports;

/// <summary>A report in one HTML file: headings, paragraphs, tables, figures. It has no script and loads nothing; it suits light and dark screens, and paper.</summary>
/// <remarks>The same content gives the same bytes. The file is well-formed XML as well, apart from its first line.</remarks>
public sealed class HtmlReport
{
    private const string Style = """
        :root{color-scheme:light dark;--back:#fff;--text:#1b1b1b;--line:#c9c9c9;--soft:#f3f4f6}
        @media (prefers-color-scheme:dark){:root{--back:#15171b;--text:#e6e6e6;--line:#4a4e55;--soft:#1f2228}}
        body{margin:0 auto;max-width:62rem;padding:1.5rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.7rem}h2{font-size:1.25rem;margin-top:2rem;border-bottom:1px solid var(--line)}
        table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}caption{text-align:left;font-weight:600;padding:.3rem 0}
        th,td{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:left;overflow-wrap:anywhere}th{background:var(--soft)}
        td.n{text-align:right;font-variant-numeric:tabular-nums}
        figure{margin:1.5rem 0}figure svg{max-width:100%;height:auto}figcaption{font-size:.85rem}
        @media print{:root{--back:#fff;--text:#000;--line:#999;--soft:#eee}body{max-width:none;padding:0}figure,tr{break-inside:avoid}h2{break-after:avoid}}
        """;

    private readonly StringBuilder _body = new();

    /// <summary>Creates a report without content.</summary>
    /// <param name="title">The title.</param>
    public HtmlReport(string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        Title = title;
    }

    /// <summary>Gets the title.</summary>
    public string Title { get; }

    /// <summary>Adds the heading of a section.</summary>
    /// <param name="text">The heading.</param>
    /// <returns>The report.</returns>
    public HtmlReport AddHeading(string text) => Add("h2", text);

    /// <summary>Adds a paragraph.</summary>
    /// <param name="text">The text; it is not read as HTML.</param>
    /// <returns>The report.</returns>
    public HtmlReport AddParagraph(string text) => Add("p", text);

    /// <summary>Adds a table as it is now.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The report.</returns>
    public HtmlReport AddTable(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        _body.Append("<table>\n");
        if (table.Caption.Length > 0)
        {
            Add("caption", table.Caption);
        }

        _body.Append("<thead><tr>");
        foreach (string column in table.Columns)
        {
            _body.Append("<th scope=\"col\">").Append(XmlText.Escape(column)).Append("</th>");
        }

        _body.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            _body.Append("<tr>");
            foreach (string cell in row)
            {
                _body.Append(ReportTable.IsNumber(cell) ? "<td class=\"n\">" : "<td>").Append(XmlText.Escape(cell)).Append("</td>");
            }

            _body.Append("</tr>\n");
        }

        _body.Append("</tbody>\n</table>\n");
        return this;
    }

    /// <summary>Adds a figure, with its description and what is not drawn as its caption.</summary>
    /// <param name="figure">The figure.</param>
    /// <returns>The report.</returns>
    public HtmlReport AddFigure(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        (string svg, string caption) = figure.Render();
        _body.Append("<figure>\n").Append(svg);
        if (caption.Length > 0)
        {
            Add("figcaption", caption);
        }

        _body.Append("</figure>\n");
        return this;
    }

    /// <summary>Writes the whole as HTML.</summary>
    public string ToHtml() => $"""
        <!DOCTYPE html>
        <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <title>{XmlText.Escape(Title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <h1>{XmlText.Escape(Title)}</h1>
        {_body}</body>
        </html>

        """;

    /// <summary>Saves the report; the file is there in full or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(ToHtml()));
    }

    private HtmlReport Add(string element, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _body.Append('<').Append(element).Append('>').Append(XmlText.Escape(text)).Append("</").Append(element).Append(">\n");
        return this;
    }
}
