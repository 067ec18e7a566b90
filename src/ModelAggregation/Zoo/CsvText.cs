namespace ModelAggregation.Zoo;

/// <summary>Writes a text as a field of CSV.</summary>
internal static class CsvText
{
    public static string Quote(string text) =>
        text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
