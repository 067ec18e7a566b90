namespace RunKit.Reports;

/// <summary>Chooses the points of a long line that show: the first, the lowest, the highest and the last of each stretch.</summary>
/// <remarks>A stretch is about as long as a pixel is wide, so the drawing is that of all points as far as a screen shows it; no outlier is lost.</remarks>
internal static class Thinning
{
    private const int Stretches = 630;

    /// <summary>Chooses points of a line.</summary>
    /// <returns>Indices, ascending; all of them for short lines.</returns>
    public static List<int> Choose(Series series)
    {
        int count = series.X.Count;
        List<int> chosen = new(Math.Min(count, 4 * Stretches));
        if (count <= 4 * Stretches)
        {
            chosen.AddRange(Enumerable.Range(0, count));
            return chosen;
        }

        for (int stretch = 0; stretch < Stretches; stretch++)
        {
            int start = (int)((long)count * stretch / Stretches);
            int end = (int)((long)count * (stretch + 1) / Stretches);
            AddExtremes(series, start, end, chosen);
        }

        return chosen;
    }

    private static void AddExtremes(Series series, int start, int end, List<int> chosen)
    {
        int lowest = start;
        int highest = start;
        int gap = start;
        for (int i = start; i < end; i++)
        {
            // A gap shows as well; comparisons with NaN are false.
            gap = series.IsFinite(i) ? gap : i;
            lowest = series.Y[i] < series.Y[lowest] || !series.IsFinite(lowest) ? i : lowest;
            highest = series.Y[i] > series.Y[highest] || !series.IsFinite(highest) ? i : highest;
        }

        foreach (int point in new SortedSet<int> { start, lowest, highest, gap, end - 1 })
        {
            chosen.Add(point);
        }
    }
}
