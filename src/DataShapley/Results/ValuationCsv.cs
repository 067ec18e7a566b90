using System.Globalization;
using System.Text;

namespace DataShapley.Results;

/// <summary>Values as CSV.</summary>
internal static class ValuationCsv
{
    private const string Columns = "index,value,std_error";

    public static string Write(ValuationResult result, ValueIntervals intervals)
    {
        StringBuilder text = new($"{Columns},low,high\n");
        for (int i = 0; i < result.Values.Count; i++)
        {
            double error = double.IsFinite(result.StandardErrors[i]) ? result.StandardErrors[i] : double.NaN;
            text.AppendJoin(
                ',', CsvText.Number(i), CsvText.Number(result.Values[i]), CsvText.Number(error), CsvText.Number(intervals.Low[i]), CsvText.Number(intervals.High[i])).Append('\n');
        }

        return text.ToString();
    }

    public static ValuationResult Read(string[] lines, string path)
    {
        if (lines.Length == 0 || !(lines[0] + ",").StartsWith(Columns + ",", StringComparison.Ordinal))
        {
            throw Unreadable(path, 1, $"the first line is not '{Columns}' with or without more columns");
        }

        (int Index, double Value, double Error)[] rows = [.. lines.Select((line, i) => (Line: line, Number: i + 1)).Skip(1).Where(row => row.Line.Length > 0).Select(row => Row(row.Line, row.Number, path))];
        double[] values = new double[rows.Length];
        double[] errors = new double[rows.Length];
        bool[] isThere = new bool[rows.Length];
        foreach ((int index, double value, double error) in rows)
        {
            if (index >= rows.Length || isThere[index])
            {
                throw new ValuationException(
                    ValuationError.UnreadableResult, $"The file '{path}' has {rows.Length} rows; index {index} occurs twice, or is past the last: each of 0 … {rows.Length - 1} stands once.");
            }

            (values[index], errors[index], isThere[index]) = (value, error, true);
        }

        return new ValuationResult(values, errors, new long[rows.Length]);
    }

    private static (int Index, double Value, double Error) Row(string line, int number, string path)
    {
        string[] cells = line.Split(',');
        if (cells.Length < 3 || !int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            throw Unreadable(path, number, $"'{line}' does not begin with an index, a value and a standard error");
        }

        return (index, Number(cells[1], number, path), Number(cells[2], number, path));
    }

    private static double Number(string cell, int line, string path)
    {
        if (cell.Length == 0)
        {
            return double.NaN;
        }

        return double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Unreadable(path, line, $"'{cell}' is no finite number");
    }

    private static ValuationException Unreadable(string path, int line, string what) =>
        new(ValuationError.UnreadableResult, $"The file '{path}' is no table of values: in line {line}, {what}.");
}
