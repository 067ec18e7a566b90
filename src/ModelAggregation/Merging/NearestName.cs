namespace ModelAggregation.Merging;

/// <summary>Finds what a misspelt name was meant to be.</summary>
internal static class NearestName
{
    // Longer words are not compared: the tables are quadratic and nobody misspells a paragraph.
    private const int LongestWord = 64;

    /// <summary>Writes a question to append to an error message.</summary>
    /// <param name="word">The unknown word.</param>
    /// <param name="candidates">The known words.</param>
    /// <returns>" Did you mean 'x'?", or nothing when no candidate is near.</returns>
    public static string Suggest(string word, IEnumerable<string> candidates) => Find(word, candidates) is { } name ? $" Did you mean '{name}'?" : string.Empty;

    /// <summary>Finds the nearest candidate: at most a third of the letters may differ, and never more than three.</summary>
    /// <param name="word">The unknown word.</param>
    /// <param name="candidates">The known words.</param>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > LongestWord)
        {
            return null;
        }

        int allowed = Math.Clamp(word.Length / 3, 1, 3);
        return candidates
            .Select(candidate => (Name: candidate, Distance: Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(candidate => candidate.Distance <= allowed && candidate.Distance < candidate.Name.Length)
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .FirstOrDefault().Name;
    }

    /// <summary>Counts the letters to insert, delete, replace or swap with a neighbour (Damerau-Levenshtein, optimal string alignment).</summary>
    /// <param name="left">One word.</param>
    /// <param name="right">The other.</param>
    public static int Distance(string left, string right)
    {
        int[] beforeLast = new int[right.Length + 1];
        int[] last = [.. Enumerable.Range(0, right.Length + 1)];
        int[] current = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, 1 + Math.Min(last[j], current[j - 1]));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last, current) = (last, current, beforeLast);
        }

        return last[right.Length];
    }
}
