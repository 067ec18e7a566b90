namespace ModelAggregation.Runtime;

/// <summary>Puts sequences of about one length together, so that a batch is full and none waits for a longer one.</summary>
internal static class SequenceBatches
{
    /// <summary>Returns the places of the sequences, batch by batch.</summary>
    /// <param name="lengths">The lengths of the sequences.</param>
    /// <param name="tokens">The most tokens of a batch; a longer sequence goes alone.</param>
    public static IEnumerable<int[]> Of(IReadOnlyList<int> lengths, int tokens)
    {
        List<int> batch = [];
        long total = 0;
        foreach (int place in Enumerable.Range(0, lengths.Count).OrderByDescending(place => lengths[place]))
        {
            if (batch.Count > 0 && total + lengths[place] > tokens)
            {
                yield return [.. batch];
                batch.Clear();
                total = 0;
            }

            batch.Add(place);
            total += lengths[place];
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }
}
