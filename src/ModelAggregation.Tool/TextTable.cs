namespace ModelAggregation.Tool;

/// <summary>Lines of aligned columns, as wide as they need to be: for terminals and for pipes alike.</summary>
internal sealed class TextTable(params IReadOnlyList<string> headings)
{
    private readonly List<IReadOnlyList<string>> _rows = [headings];

    /// <summary>Adds a row; as many cells as headings.</summary>
    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    /// <summary>Writes the rows: the first column from the left, the others, which are numbers and types, from the right.</summary>
    public void Write(TextWriter writer)
    {
        int[] widths = [.. Enumerable.Range(0, headings.Count).Select(column => _rows.Max(row => row[column].Length))];
        foreach (IReadOnlyList<string> row in _rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            writer.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
