namespace ModelAggregation.Evaluation;

/// <summary>Ends texts at the first of several others.</summary>
internal static class StopText
{
    /// <summary>Returns what stands before the first text to stop at; all of it where none occurs.</summary>
    public static string Cut(string text, IReadOnlyList<string> stops)
    {
        int end = text.Length;
        foreach (string stop in stops)
        {
            int place = text.IndexOf(stop, StringComparison.Ordinal);
            end = place >= 0 ? Math.Min(end, place) : end;
        }

        return text[..end];
    }
}
