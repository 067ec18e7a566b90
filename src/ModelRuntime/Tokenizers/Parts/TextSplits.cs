namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Cuts pieces where a pattern matches.</summary>
internal static class TextSplits
{
    /// <summary>Adds what a piece is cut into.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="pattern">What is found.</param>
    /// <param name="behavior">What becomes of it.</param>
    /// <param name="isInverted">Whether to take what is not found for found.</param>
    /// <param name="pieces">Where to add.</param>
    public static void Add(Piece piece, TextPattern pattern, SplitBehavior behavior, bool isInverted, List<Piece> pieces)
    {
        List<(int Start, int End, bool IsFound)> parts = [];
        int start = 0;
        foreach (TextRange range in pattern(piece.Text))
        {
            Add(parts, start, range.Start, isInverted);
            Add(parts, range.Start, range.End, !isInverted);
            start = range.End;
        }

        Add(parts, start, piece.Text.Length, isInverted);
        foreach (TextRange range in Merge(parts, behavior))
        {
            pieces.Add(new Piece(piece.Text[range.Start..range.End], piece.IsFirst && range.Start == 0));
        }
    }

    private static void Add(List<(int Start, int End, bool IsFound)> parts, int start, int end, bool isFound)
    {
        if (end > start)
        {
            parts.Add((start, end, isFound));
        }
    }

    private static List<TextRange> Merge(List<(int Start, int End, bool IsFound)> parts, SplitBehavior behavior)
    {
        List<TextRange> merged = [];
        for (int i = 0; i < parts.Count; i++)
        {
            (int start, int end, bool isFound) = parts[i];
            bool wasFound = i > 0 && parts[i - 1].IsFound;
            bool joins = i > 0 && behavior switch
            {
                SplitBehavior.Contiguous => isFound == wasFound,
                // Only the first of several goes to the piece before them.
                SplitBehavior.MergedWithPrevious => isFound && !wasFound,
                // Only the last of several goes to the piece after them.
                SplitBehavior.MergedWithNext => wasFound && !isFound,
                _ => false,
            };
            if (joins)
            {
                merged[^1] = merged[^1] with { End = end };
            }
            else if (!isFound || behavior != SplitBehavior.Removed)
            {
                merged.Add(new TextRange(start, end));
            }
        }

        return merged;
    }
}
