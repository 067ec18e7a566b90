using System.Globalization;

namespace DataShapley.Results;

/// <summary>Numbers and names in CSV: invariant, shortest that reads back to the same bits, nothing for NaN; lines end in a line feed.</summary>
internal static class CsvText
{
    public static string Number(double value) => double.IsNaN(value) ? string.Empty : value.ToString("R", CultureInfo.InvariantCulture);

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
