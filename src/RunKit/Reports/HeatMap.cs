using System.Globalization;

namespace RunKit.Reports;

/// <summary>A table of numbers as shades from dark blue (low) to yellow (high).</summary>
public sealed class HeatMap : Figure
{
    private const int MostCells = 100;
    private const double Left = 150;
    private const double Right = Width - 90;
    private const double ColumnNamesHeight = 90;
    private const double NarrowestWithText = 34;
    private const int LongestName = 22;

    private readonly IReadOnlyList<string> _rows;
    private readonly IReadOnlyList<string> _columns;
    private readonly IReadOnlyList<IReadOnlyList<double>> _values;

    /// <summary>Creates a map.</summary>
    /// <param name="title">The title.</param>
    /// <param name="rows">The names of the rows.</param>
    /// <param name="columns">The names of the columns.</param>
    /// <param name="values">A list of a number for each column, for each row. Past 100 rows or columns, neighbours are drawn as their mean. What is not finite has no shade.</param>
    /// <exception cref="ArgumentException">The numbers do not fit the names.</exception>
    public HeatMap(string title, IReadOnlyList<string> rows, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<double>> values)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count != rows.Count || values.Any(row => row.Count != columns.Count))
        {
            throw new ArgumentException($"The map '{title}' needs {rows.Count} rows of {columns.Count} numbers each.", nameof(values));
        }

        _rows = rows;
        _columns = columns;
        _values = values;
    }

    internal override double Draw(SvgWriter svg, List<string> notes)
    {
        int rowBlock = Block(_rows.Count);
        int columnBlock = Block(_columns.Count);
        int height = (_rows.Count + rowBlock - 1) / rowBlock;
        int width = (_columns.Count + columnBlock - 1) / columnBlock;
        if (height == 0 || width == 0)
        {
            svg.Text(Width / 2, TitleHeight + 20, "No data", "text-anchor=\"middle\" font-style=\"italic\"");
            return TitleHeight + 40;
        }

        double cellWidth = (Right - Left) / width;
        double cellHeight = Math.Clamp(cellWidth, 4, 24);
        Scale scale = Scale.Of(_values.SelectMany(row => row));
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                double value = Mean(row * rowBlock, rowBlock, column * columnBlock, columnBlock);
                DrawCell(svg, scale, value, Left + (column * cellWidth), TitleHeight + (row * cellHeight), cellWidth, cellHeight);
            }
        }

        double bottom = TitleHeight + (height * cellHeight);
        DrawNames(svg, rowBlock, columnBlock, cellWidth, cellHeight, bottom);
        DrawLegend(svg, scale);
        if (rowBlock > 1 || columnBlock > 1)
        {
            notes.Add($"Each cell is the mean of up to {rowBlock} × {columnBlock} of {_rows.Count} × {_columns.Count} numbers.");
        }

        NoteMissing(_values.Sum(row => row.Count(value => !double.IsFinite(value))), "numbers", notes);
        return Math.Max(bottom + ColumnNamesHeight, TitleHeight + 150);
    }

    private static int Block(int count) => Math.Max(1, (count + MostCells - 1) / MostCells);

    private static void DrawCell(SvgWriter svg, Scale scale, double value, double x, double y, double width, double height)
    {
        if (!double.IsFinite(value))
        {
            svg.Rectangle(x, y, width, height, "fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.3\" stroke-dasharray=\"2 2\"");
            return;
        }

        string text = value.ToString("G3", CultureInfo.InvariantCulture);
        (string color, bool isLight) = Palette.Shade(scale.Fraction(value));
        svg.Rectangle(x, y, width, height, $"fill=\"{color}\"", text);
        if (width >= NarrowestWithText)
        {
            svg.Text(x + (width / 2), y + (height / 2) + 4, text, $"text-anchor=\"middle\" font-size=\"10\" fill=\"{(isLight ? "#000000" : "#FFFFFF")}\"");
        }
    }

    private static void DrawLegend(SvgWriter svg, Scale scale)
    {
        const int Steps = 40;
        const double X = Right + 16;
        const double StepHeight = 3;
        for (int i = 0; i < Steps; i++)
        {
            svg.Rectangle(X, TitleHeight + (i * StepHeight), 14, StepHeight, $"fill=\"{Palette.Shade(1 - (i / (Steps - 1.0))).Color}\"");
        }

        foreach ((double value, string label) in scale.Ticks(4))
        {
            svg.Text(X + 18, TitleHeight + ((1 - scale.Fraction(value)) * Steps * StepHeight) + 4, label, "font-size=\"10\"");
        }
    }

    private double Mean(int firstRow, int rowCount, int firstColumn, int columnCount)
    {
        double sum = 0;
        int count = 0;
        for (int row = firstRow; row < Math.Min(firstRow + rowCount, _rows.Count); row++)
        {
            for (int column = firstColumn; column < Math.Min(firstColumn + columnCount, _columns.Count); column++)
            {
                double value = _values[row][column];
                if (double.IsFinite(value))
                {
                    // A running mean does not overflow where a sum would.
                    count++;
                    sum += (value / count) - (sum / count);
                }
            }
        }

        return count == 0 ? double.NaN : sum;
    }

    private void DrawNames(SvgWriter svg, int rowBlock, int columnBlock, double cellWidth, double cellHeight, double bottom)
    {
        // Names need 12 pixels each; between closer cells some are left out.
        int rowStep = rowBlock * Math.Max(1, (int)Math.Ceiling(12 / cellHeight));
        for (int row = 0; row < _rows.Count; row += rowStep)
        {
            double y = TitleHeight + (((row / rowBlock) + 0.5) * cellHeight) + 4;
            svg.Text(Left - 6, y, XmlText.Shorten(_rows[row], LongestName), "text-anchor=\"end\" font-size=\"10\"");
        }

        int columnStep = columnBlock * Math.Max(1, (int)Math.Ceiling(12 / cellWidth));
        for (int column = 0; column < _columns.Count; column += columnStep)
        {
            double x = Left + (((column / columnBlock) + 0.5) * cellWidth) + 4;
            string rotation = string.Create(CultureInfo.InvariantCulture, $"text-anchor=\"end\" font-size=\"10\" transform=\"rotate(-60 {x:0.##} {bottom + 10:0.##})\"");
            svg.Text(x, bottom + 10, XmlText.Shorten(_columns[column], LongestName), rotation);
        }
    }
}
