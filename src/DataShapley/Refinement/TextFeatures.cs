using System.Runtime.InteropServices;

namespace DataShapley.Refinement;

/// <summary>The hashes of the features of a text: words in a row, and characters in a row within words.</summary>
internal static class TextFeatures
{
    private const ulong WordKind = 1;
    private const ulong CharacterKind = 2;
    private const char Edge = '\u0002';

    /// <summary>Lists the features of a text with their counts, ascending by hash: sums over them have one order.</summary>
    public static List<(ulong Hash, int Count)> Count(string text, HashedTfIdfOptions options)
    {
        List<ulong> hashes = Hashes(text, options);
        CollectionsMarshal.AsSpan(hashes).Sort();
        List<(ulong Hash, int Count)> counts = [];
        for (int start = 0; start < hashes.Count;)
        {
            int end = start + 1;
            while (end < hashes.Count && hashes[end] == hashes[start])
            {
                end++;
            }

            counts.Add((hashes[start], end - start));
            start = end;
        }

        return counts;
    }

    private static List<ulong> Hashes(string text, HashedTfIdfOptions options)
    {
        List<ulong> hashes = [];
        ulong wordStart = TextHash.Add(TextHash.Start(options.Seed), WordKind);
        ulong characterStart = TextHash.Add(TextHash.Start(options.Seed), CharacterKind);
        Span<ulong> open = stackalloc ulong[options.WordOrder];
        int openCount = 0;
        char[] folded = new char[text.Length + 2];
        for (int start = 0; start < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[start]))
            {
                start++;
                continue;
            }

            int length = 0;
            folded[length++] = Edge;
            for (; start < text.Length && char.IsLetterOrDigit(text[start]); start++)
            {
                folded[length++] = Fold(text[start]);
            }

            folded[length++] = Edge;
            ReadOnlySpan<char> word = folded.AsSpan(0, length);

            // Every row of words that was open goes on by this one, and one more begins.
            openCount = Math.Min(openCount + 1, options.WordOrder);
            for (int row = openCount - 1; row >= 0; row--)
            {
                open[row] = TextHash.Add(row == 0 ? wordStart : open[row - 1], word);
                hashes.Add(TextHash.Finish(open[row]));
            }

            for (int size = options.ShortestCharacters; size <= Math.Min(options.LongestCharacters, length); size++)
            {
                for (int at = 0; at + size <= length; at++)
                {
                    hashes.Add(TextHash.Finish(TextHash.Add(characterStart, word.Slice(at, size))));
                }
            }
        }

        return hashes;
    }

    // Latin letters only: what the platform knows of the case of others differs between platforms.
    private static char Fold(char c) => c is (>= 'A' and <= 'Z') or (>= '\u00C0' and <= '\u00DE' and not '\u00D7') ? (char)(c + 32) : c;
}
