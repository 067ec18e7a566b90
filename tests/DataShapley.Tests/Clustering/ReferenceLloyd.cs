using DataShapley.Clustering;

namespace DataShapley.Tests.Clustering;

/// <summary>Lloyd's iterations as plain loops in double.</summary>
internal static class ReferenceLloyd
{
    public static (int[] Labels, double[] Centroids, double Inertia) Run(EmbeddingRows rows, double[] initial, int iterations)
    {
        int dimension = rows.Dimension;
        double[] centroids = [.. initial];
        (int[] labels, double inertia) = Assign(rows, centroids);
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double[] sums = new double[centroids.Length];
            int[] sizes = new int[centroids.Length / dimension];
            for (int row = 0; row < rows.Count; row++)
            {
                sizes[labels[row]]++;
                for (int i = 0; i < dimension; i++)
                {
                    sums[(labels[row] * dimension) + i] += rows.Row(row)[i];
                }
            }

            centroids = [.. sums.Select((sum, index) => sum / sizes[index / dimension])];
            int[] before = labels;
            (labels, inertia) = Assign(rows, centroids);
            if (labels.AsSpan().SequenceEqual(before))
            {
                break;
            }
        }

        return (labels, centroids, inertia);
    }

    private static (int[] Labels, double Inertia) Assign(EmbeddingRows rows, double[] centroids)
    {
        int[] labels = new int[rows.Count];
        double inertia = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            double best = double.PositiveInfinity;
            for (int cluster = 0; cluster < centroids.Length / rows.Dimension; cluster++)
            {
                double squared = 0;
                for (int i = 0; i < rows.Dimension; i++)
                {
                    double difference = rows.Row(row)[i] - centroids[(cluster * rows.Dimension) + i];
                    squared += difference * difference;
                }

                if (squared < best)
                {
                    (best, labels[row]) = (squared, cluster);
                }
            }

            inertia += best;
        }

        return (labels, inertia);
    }
}
