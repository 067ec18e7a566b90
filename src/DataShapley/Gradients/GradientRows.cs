using DataShapley.Clustering;

namespace DataShapley.Gradients;

/// <summary>Sums over rows of gradients, in double and in the order of the rows.</summary>
internal static class GradientRows
{
    public static double Dot(ReadOnlySpan<float> row, ReadOnlySpan<double> other)
    {
        double sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            sum = Math.FusedMultiplyAdd(row[i], other[i], sum);
        }

        return sum;
    }

    public static double Norm(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (float value in row)
        {
            sum = Math.FusedMultiplyAdd(value, value, sum);
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Averages some rows, each scaled to length one if asked for; a row of zeros has no direction and counts as zeros.</summary>
    public static double[] Mean(EmbeddingRows rows, IReadOnlyList<int> chosen, bool isNormalized)
    {
        double[] mean = new double[rows.Dimension];
        foreach (int row in chosen)
        {
            ReadOnlySpan<float> values = rows.Row(row);
            double norm = isNormalized ? Norm(values) : 1;
            double scale = norm > 0 ? 1 / (norm * chosen.Count) : 0;
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] = Math.FusedMultiplyAdd(values[i], scale, mean[i]);
            }
        }

        return mean;
    }
}
