namespace DataShapley.Clustering;

/// <summary>Finds rows that are equal feature by feature; zeros of either sign are equal.</summary>
internal sealed class DistinctRows(EmbeddingRows rows) : IEqualityComparer<int>
{
    /// <summary>Counts the distinct rows, up to a limit beyond which it does not look on.</summary>
    public static int Count(EmbeddingRows rows, int limit)
    {
        HashSet<int> seen = new(new DistinctRows(rows));
        for (int row = 0; row < rows.Count && seen.Count < limit; row++)
        {
            seen.Add(row);
        }

        return seen.Count;
    }

    public bool Equals(int x, int y) => rows.Row(x).SequenceEqual(rows.Row(y));

    public int GetHashCode(int obj)
    {
        ulong hash = 0;
        foreach (float value in rows.Row(obj))
        {
            uint bits = value == 0 ? 0 : BitConverter.SingleToUInt32Bits(value);
            hash = (hash ^ bits) * 0x9E37_79B9_7F4A_7C15;
            hash ^= hash >> 29;
        }

        return (int)(hash >> 32);
    }
}
