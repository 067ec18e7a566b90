namespace ModelAggregation.Runtime;

/// <summary>Puts sequences of about one length together, so that a batch is full and none waits for a longer one.</summary>
internal static class SequenceBatches
{
    /// <summary>Returns the places of the sequences, batch by batch.</summary>
    /// <param name="lengths">The lengths of the sequences.</param>
    /// <param name="tokens">The most tokens of a batch; a longer sequence goes alone.</param>
    /// <param name="rows">How many rows of logits each sequence asks for; null where that is of no account.</param>
    /// <param name="mostRows">The most rows of logits of a batch; a sequence with more goes alone.</param>
    public static IEnumerable<int[]> Of(IReadOnlyList<int> lengths, int tokens, IReadOnlyList<int>? rows = null, int mostRows = int.MaxValue)
    {
        List<int> batch = [];
        long total = 0;
        long totalRows = 0;
        foreach (int place in Enumerable.Range(0, lengths.Count).OrderByDescending(place => lengths[place]))
        {
            int own = rows?[place] ?? 0;
            if (batch.Count > 0 && (total + lengths[place] > tokens || totalRows + own > mostRows))
            {
                yield return [.. batch];
                batch.Clear();
                total = 0;
                totalRows = 0;
            }

            batch.Add(place);
            total += lengths[place];
            totalRows += own;
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }
}
