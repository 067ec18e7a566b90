using DataShapley.Clustering;

namespace DataShapley.Tests.Clustering;

/// <summary>Embeddings for tests: groups of points around centres.</summary>
internal static class SampleRows
{
    public static EmbeddingRows Blobs(int count, int dimension, int groups, float spread, int seed, float offset = 0) =>
        EmbeddingRows.Of(Values(count, dimension, groups, spread, seed, offset), dimension);

    /// <summary>Point i belongs to group i mod groups.</summary>
    public static float[] Values(int count, int dimension, int groups, float spread, int seed, float offset = 0)
    {
        Random random = new(seed);
        float[] centers = [.. Enumerable.Range(0, groups * dimension).Select(_ => (random.NextSingle() * 2) - 1)];
        float[] values = new float[count * dimension];
        for (int i = 0; i < values.Length; i++)
        {
            int point = i / dimension;
            float noise = random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f;
            values[i] = offset + centers[(point % groups * dimension) + (i % dimension)] + (spread * noise);
        }

        return values;
    }

    /// <summary>Whether two partitions are the same but for the numbers of their clusters.</summary>
    public static bool AreSame(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        Dictionary<int, int> forward = [];
        Dictionary<int, int> back = [];
        bool areSame = left.Length == right.Length;
        for (int i = 0; i < left.Length && areSame; i++)
        {
            areSame = forward.TryAdd(left[i], right[i]) ? back.TryAdd(right[i], left[i]) : forward[left[i]] == right[i];
        }

        return areSame;
    }
}
