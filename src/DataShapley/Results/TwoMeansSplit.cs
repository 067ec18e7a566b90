namespace DataShapley.Results;

/// <summary>The division of numbers into a low and a high group with the least sum of squares about the two means: 2-means in one dimension, exact.</summary>
/// <param name="Threshold">The highest number of the low group; NaN without a low group.</param>
/// <param name="LowMean">The mean of the low group; NaN without one.</param>
/// <param name="HighMean">The mean of the high group; NaN without numbers.</param>
/// <param name="Low">The indices of the low group, ascending. Empty where all numbers are equal: nothing sets any of them apart.</param>
public sealed record TwoMeansSplit(double Threshold, double LowMean, double HighMean, IReadOnlyList<int> Low)
{
    /// <summary>Divides numbers.</summary>
    /// <param name="values">Finite numbers; those that are NaN are in neither group.</param>
    /// <returns>The best division; of equally good ones that with the smallest low group.</returns>
    /// <exception cref="ArgumentException">A number is infinite.</exception>
    public static TwoMeansSplit Of(ReadOnlySpan<double> values)
    {
        double[] all = values.ToArray();
        int infinite = Array.FindIndex(all, double.IsInfinity);
        if (infinite >= 0)
        {
            throw new ArgumentException($"Value {infinite} is {all[infinite]}: groups are of finite numbers. Leave it out, or write NaN.", nameof(values));
        }

        double[] sorted = [.. all.Where(value => !double.IsNaN(value)).Order()];
        int size = LowSize(sorted);
        if (size == 0)
        {
            return new TwoMeansSplit(double.NaN, double.NaN, Mean(sorted), []);
        }

        // The numbers between are in one group or the other with all that equal them: no best division parts equals.
        double threshold = sorted[size - 1];
        return new TwoMeansSplit(threshold, Mean(sorted.AsSpan(0, size)), Mean(sorted.AsSpan(size)), [.. Enumerable.Range(0, all.Length).Where(i => all[i] <= threshold)]);
    }

    // With numbers centred on their mean, the sum of squares between the groups is n·S²/(i·(n − i)) for the sum S of the i lowest. It is to be greatest.
    private static int LowSize(double[] sorted)
    {
        if (sorted.Length < 2 || sorted[0] == sorted[^1])
        {
            return 0;
        }

        // In [0, 1] whatever their size, so that no square overflows or vanishes.
        double range = (sorted[^1] / 2) - (sorted[0] / 2);
        double[] scaled = [.. sorted.Select(value => ((value / 2) - (sorted[0] / 2)) / range)];
        double mean = Mean(scaled);
        double sum = 0;
        double best = double.NegativeInfinity;
        int size = 0;
        for (int i = 1; i < scaled.Length; i++)
        {
            sum += scaled[i - 1] - mean;
            double between = sum * sum / ((double)i * (scaled.Length - i));
            if (between > best && sorted[i - 1] < sorted[i])
            {
                best = between;
                size = i;
            }
        }

        return size;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double mean = 0;
        for (int i = 0; i < values.Length; i++)
        {
            mean += (values[i] / (i + 1)) - (mean / (i + 1));
        }

        return values.IsEmpty ? double.NaN : mean;
    }
}
