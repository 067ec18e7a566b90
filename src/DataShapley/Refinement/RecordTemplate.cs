using System.Text;
using DataShapley.Datasets;

namespace DataShapley.Refinement;

/// <summary>Makes a text of a record: literal text with places for fields, such as <c>{instruction}</c>.</summary>
/// <remarks>
/// A line whose places all are missing or blank is left out with its literal text, and so is a paragraph (what stands between blank lines) of which no line is left:
/// a record without <c>input</c> has no stray blank line where it would be. <c>{{</c> and <c>}}</c> are braces.
/// </remarks>
public sealed class RecordTemplate
{
    private readonly IReadOnlyList<IReadOnlyList<IReadOnlyList<(string Text, bool IsPlace)>>> _paragraphs;

    /// <summary>Creates a template.</summary>
    /// <param name="text">The text with places; lines end in LF or CR LF.</param>
    /// <exception cref="FormatException">A brace is without its partner, a place has no name, or there is no place.</exception>
    public RecordTemplate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
        _paragraphs = [.. text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(Paragraph)];
        Fields = new SortedSet<string>(_paragraphs.SelectMany(lines => lines).SelectMany(parts => parts).Where(part => part.IsPlace).Select(part => part.Text), StringComparer.Ordinal);
        if (Fields.Count == 0)
        {
            throw new FormatException($"The template has no place, so every record would be the same text: {text}");
        }
    }

    /// <summary>Gets the template of SHED's content: the instruction, a blank line, the input.</summary>
    public static RecordTemplate Default { get; } = new("{instruction}\n\n{input}");

    /// <summary>Gets the default template with the output after another blank line.</summary>
    public static RecordTemplate WithOutput { get; } = new("{instruction}\n\n{input}\n\n{output}");

    /// <summary>Gets the text with places.</summary>
    public string Text { get; }

    /// <summary>Gets the names of the places.</summary>
    public IReadOnlySet<string> Fields { get; }

    /// <summary>Makes the text of a record.</summary>
    /// <param name="record">The record.</param>
    /// <returns>The text; empty where the record has none of the fields.</returns>
    public string Render(DatasetRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        RecordFields fields = record.ReadFields();
        StringBuilder text = new();
        foreach (IReadOnlyList<IReadOnlyList<(string Text, bool IsPlace)>> paragraph in _paragraphs)
        {
            string separator = text.Length > 0 ? "\n\n" : string.Empty;
            foreach (IReadOnlyList<(string Text, bool IsPlace)> line in paragraph)
            {
                if (line.Any(part => part.IsPlace) && line.All(part => !part.IsPlace || string.IsNullOrWhiteSpace(Find(fields, part.Text))))
                {
                    continue;
                }

                text.Append(separator);
                separator = "\n";
                foreach ((string content, bool isPlace) in line)
                {
                    text.Append(isPlace ? Find(fields, content) : content);
                }
            }
        }

        return text.ToString();
    }

    /// <summary>Returns the text with places.</summary>
    public override string ToString() => Text;

    private static string Find(RecordFields fields, string name) => fields.TryGet(name, out string? text) ? text : string.Empty;

    private static List<List<(string Text, bool IsPlace)>> Paragraph(string paragraph) => [.. paragraph.Trim('\n').Split('\n').Select(Parts)];

    private static List<(string Text, bool IsPlace)> Parts(string line)
    {
        List<(string Text, bool IsPlace)> parts = [];
        StringBuilder literal = new();
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c is not ('{' or '}'))
            {
                literal.Append(c);
            }
            else if (i + 1 < line.Length && line[i + 1] == c)
            {
                literal.Append(c);
                i++;
            }
            else
            {
                int end = c == '{' ? line.IndexOf('}', i) : -1;
                if (end <= i + 1)
                {
                    throw new FormatException($"'{line}' has a brace that is no place: places are {{field}}, braces are doubled.");
                }

                parts.Add((literal.ToString(), false));
                parts.Add((line[(i + 1)..end], true));
                literal.Clear();
                i = end;
            }
        }

        parts.Add((literal.ToString(), false));
        return parts;
    }
}
