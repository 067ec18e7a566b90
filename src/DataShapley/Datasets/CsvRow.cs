using System.Text;

namespace DataShapley.Datasets;

/// <summary>Splits the bytes of a row into fields (RFC 4180).</summary>
internal static class CsvRow
{
    /// <summary>Splits a row.</summary>
    /// <param name="row">The row without its line break; UTF-8.</param>
    /// <param name="delimiter">What separates fields.</param>
    /// <param name="fields">Gets the fields.</param>
    /// <param name="offset">Where a quote is out of place.</param>
    /// <returns>False when a quote is.</returns>
    public static bool TrySplit(ReadOnlySpan<byte> row, byte delimiter, List<string> fields, out int offset)
    {
        offset = 0;
        while (true)
        {
            int end = row[offset..].StartsWith("\""u8) ? EndOfQuoted(row, offset) : EndOfPlain(row, offset, delimiter);
            if (end < 0 || (end < row.Length && row[end] != delimiter))
            {
                offset = end < 0 ? offset : end;
                return false;
            }

            fields.Add(Decode(row[offset..end]));
            if (end == row.Length)
            {
                return true;
            }

            offset = end + 1;
        }
    }

    /// <summary>Writes a field, in quotes where it needs them.</summary>
    public static string Encode(string field, char delimiter) =>
        field.AsSpan().IndexOfAny(['"', '\r', '\n', delimiter]) < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static int EndOfPlain(ReadOnlySpan<byte> row, int start, byte delimiter)
    {
        int end = row[start..].IndexOfAny(delimiter, (byte)'"');
        return end < 0 ? row.Length : start + end;
    }

    private static int EndOfQuoted(ReadOnlySpan<byte> row, int start)
    {
        int position = start + 1;
        while (true)
        {
            int quote = row[position..].IndexOf((byte)'"');
            if (quote < 0)
            {
                return -1;
            }

            position += quote + 1;
            if (position == row.Length || row[position] != (byte)'"')
            {
                return position;
            }

            position++;
        }
    }

    private static string Decode(ReadOnlySpan<byte> field) => field.StartsWith("\""u8)
        ? Encoding.UTF8.GetString(field[1..^1]).Replace("\"\"", "\"", StringComparison.Ordinal)
        : Encoding.UTF8.GetString(field);
}
