namespace ModelRuntime.Encoders;

/// <summary>Puts texts of like length together, so that what is computed for each sequence is spread evenly over threads.</summary>
internal static class LengthBatches
{
    /// <summary>Lists the texts of each batch, the longest first.</summary>
    /// <param name="tokens">The tokens of each text.</param>
    /// <param name="most">The most tokens of a batch; a longer text is one alone.</param>
    public static IEnumerable<int[]> Of(int[][] tokens, int most)
    {
        int[] order = [.. Enumerable.Range(0, tokens.Length).OrderByDescending(text => tokens[text].Length)];
        for (int start = 0, end; start < order.Length; start = end)
        {
            end = start + 1;
            for (long count = tokens[order[start]].Length; end < order.Length && count + tokens[order[end]].Length <= most; end++)
            {
                count += tokens[order[end]].Length;
            }

            yield return order[start..end];
        }
    }
}
