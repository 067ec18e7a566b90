using System.Globalization;

namespace RunKit.Reports;

/// <summary>A table of a report. Cells that are numbers stand at the right.</summary>
public sealed class ReportTable
{
    private readonly string[] _columns;
    private readonly List<string[]> _rows = [];

    /// <summary>Creates a table without rows.</summary>
    /// <param name="caption">What the table shows; none where empty.</param>
    /// <param name="columns">The names of the columns, one or more.</param>
    /// <exception cref="ArgumentException">There are no columns.</exception>
    public ReportTable(string caption, params ReadOnlySpan<string> columns)
    {
        ArgumentNullException.ThrowIfNull(caption);
        if (columns.IsEmpty)
        {
            throw new ArgumentException("A table has one column or more.", nameof(columns));
        }

        Caption = caption;
        _columns = columns.ToArray();
    }

    /// <summary>Gets what the table shows.</summary>
    public string Caption { get; }

    /// <summary>Gets the names of the columns.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>Gets the rows.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">A text for each column.</param>
    /// <returns>The table.</returns>
    /// <exception cref="ArgumentException">There are more or fewer cells than columns.</exception>
    public ReportTable AddRow(params ReadOnlySpan<string> cells)
    {
        if (cells.Length != _columns.Length)
        {
            throw new ArgumentException($"The table '{Caption}' has {_columns.Length} columns; the row has {cells.Length} cells.", nameof(cells));
        }

        _rows.Add(cells.ToArray());
        return this;
    }

    internal static bool IsNumber(string cell) => double.TryParse(cell, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _);
}
