using DataShapley.Clustering;

namespace DataShapley.Tests.Clustering;

/// <summary>Agglomerative clustering by its definition: all pairs of clusters are compared anew, O(N³) and more.</summary>
internal static class ReferenceAgglomeration
{
    public static int[] Run(EmbeddingRows rows, int clusters, Linkage linkage)
    {
        List<List<int>> groups = [.. Enumerable.Range(0, rows.Count).Select(row => new List<int> { row })];
        while (groups.Count > clusters)
        {
            (int left, int right, double least) = (-1, -1, double.PositiveInfinity);
            for (int i = 0; i < groups.Count; i++)
            {
                for (int j = i + 1; j < groups.Count; j++)
                {
                    double distance = linkage == Linkage.Ward ? Rise(rows, groups[i], groups[j]) : Mean(rows, groups[i], groups[j]);
                    if (distance < least)
                    {
                        (left, right, least) = (i, j, distance);
                    }
                }
            }

            groups[left].AddRange(groups[right]);
            groups.RemoveAt(right);
        }

        int[] labels = new int[rows.Count];
        foreach ((int label, List<int> group) in groups.Index())
        {
            group.ForEach(row => labels[row] = label);
        }

        return labels;
    }

    private static double Rise(EmbeddingRows rows, List<int> left, List<int> right) =>
        Scatter(rows, [.. left, .. right]) - Scatter(rows, left) - Scatter(rows, right);

    private static double Scatter(EmbeddingRows rows, List<int> group)
    {
        double sum = 0;
        for (int i = 0; i < rows.Dimension; i++)
        {
            double mean = group.Average(row => (double)rows.Row(row)[i]);
            sum += group.Sum(row => (rows.Row(row)[i] - mean) * (rows.Row(row)[i] - mean));
        }

        return sum;
    }

    private static double Mean(EmbeddingRows rows, List<int> left, List<int> right) => left.Average(one => right.Average(other =>
    {
        double squared = 0;
        for (int i = 0; i < rows.Dimension; i++)
        {
            double difference = (double)rows.Row(one)[i] - rows.Row(other)[i];
            squared += difference * difference;
        }

        return Math.Sqrt(squared);
    }));
}
