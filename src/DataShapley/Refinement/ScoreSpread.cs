using DataShapley.Clustering;

namespace DataShapley.Refinement;

/// <summary>Gives the members of a cluster a score of their own from that of the record that stands for it.</summary>
public static class ScoreSpread
{
    /// <summary>Gives each record the score of its cluster, as SHED does.</summary>
    /// <param name="labels">The cluster of each record, from 0.</param>
    /// <param name="scores">The score of each cluster.</param>
    /// <exception cref="ArgumentException">A label is of no cluster.</exception>
    public static double[] Equal(ReadOnlySpan<int> labels, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        double[] spread = new double[labels.Length];
        for (int record = 0; record < labels.Length; record++)
        {
            spread[record] = (uint)labels[record] < (uint)scores.Count
                ? scores[labels[record]]
                : throw new ArgumentException($"Record {record} is of cluster {labels[record]}; there are {scores.Count}, counted from 0.", nameof(labels));
        }

        return spread;
    }

    /// <summary>Gives each record the score of its cluster times its similarity to the proxy: the cosine of their embeddings, or 0 where that is negative or one is all zeros.</summary>
    /// <param name="rows">The embeddings of the records.</param>
    /// <param name="labels">The cluster of each record, from 0.</param>
    /// <param name="proxies">The record that stands for each cluster; its own score is the cluster's.</param>
    /// <param name="scores">The score of each cluster.</param>
    /// <exception cref="ArgumentException">There are labels for other records than embeddings, or proxies for other clusters than scores, or a label is of no cluster.</exception>
    public static double[] BySimilarity(EmbeddingRows rows, ReadOnlySpan<int> labels, IReadOnlyList<int> proxies, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(proxies);
        ArgumentNullException.ThrowIfNull(scores);
        if (rows.Count != labels.Length || proxies.Count != scores.Count)
        {
            throw new ArgumentException($"There are {rows.Count} embeddings for {labels.Length} labels, and {proxies.Count} proxies for {scores.Count} scores.", nameof(labels));
        }

        double[] spread = Equal(labels, scores);
        for (int record = 0; record < spread.Length; record++)
        {
            int proxy = proxies[labels[record]];
            spread[record] *= record == proxy ? 1 : Similarity(rows.Row(record), rows.Row(proxy));
        }

        return spread;
    }

    private static double Similarity(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double product = 0;
        double squareA = 0;
        double squareB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            squareA += (double)a[i] * a[i];
            squareB += (double)b[i] * b[i];
        }

        double length = Math.Sqrt(squareA) * Math.Sqrt(squareB);
        return length > 0 ? Math.Clamp(product / length, 0, 1) : 0;
    }
}
