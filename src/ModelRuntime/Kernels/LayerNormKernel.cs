using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>The normalisation of a row to mean 0 and variance 1, then a gain and a bias for each column. Mean and variance are sums over sixteen lanes of doubles (lane = index mod 16).</summary>
internal static class LayerNormKernel
{
    private const int Step = 16;

    /// <summary><c>row[i] = (row[i] − mean) / √(variance + epsilon) · gain[i] + bias[i]</c>, in double with one rounding. The variance is that of the row, divided by its length.</summary>
    /// <param name="row">The row, at least one value.</param>
    /// <param name="gain">The gains, one for each column.</param>
    /// <param name="bias">The biases, one for each column.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    public static void Apply(Span<float> row, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon)
    {
        double mean = Sum(row) / row.Length;
        double scale = 1 / Math.Sqrt((SquareSum(row, mean) / row.Length) + epsilon);
        Vector512<double> means = Vector512.Create(mean);
        Vector512<double> scales = Vector512.Create(scale);
        int whole = row.Length - (row.Length % Step);
        for (int i = 0; i < whole; i += Step)
        {
            (Vector512<double> first, Vector512<double> second) = Load(row, i);
            (Vector512<double> firstGain, Vector512<double> secondGain) = Load(gain, i);
            (Vector512<double> firstBias, Vector512<double> secondBias) = Load(bias, i);
            first = Vector512.FusedMultiplyAdd((first - means) * scales, firstGain, firstBias);
            second = Vector512.FusedMultiplyAdd((second - means) * scales, secondGain, secondBias);
            Vector512.Narrow(first, second).StoreUnsafe(ref MemoryMarshal.GetReference(row), (nuint)i);
        }

        for (int i = whole; i < row.Length; i++)
        {
            row[i] = (float)Math.FusedMultiplyAdd((row[i] - mean) * scale, gain[i], bias[i]);
        }
    }

    private static double Sum(ReadOnlySpan<float> row)
    {
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        int whole = row.Length - (row.Length % Step);
        for (int i = 0; i < whole; i += Step)
        {
            (Vector512<double> first, Vector512<double> second) = Load(row, i);
            lower += first;
            upper += second;
        }

        double sum = Lanes.Sum(lower, upper);
        foreach (float value in row[whole..])
        {
            sum += value;
        }

        return sum;
    }

    private static double SquareSum(ReadOnlySpan<float> row, double mean)
    {
        Vector512<double> means = Vector512.Create(mean);
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        int whole = row.Length - (row.Length % Step);
        for (int i = 0; i < whole; i += Step)
        {
            (Vector512<double> first, Vector512<double> second) = Load(row, i);
            lower = Vector512.FusedMultiplyAdd(first - means, first - means, lower);
            upper = Vector512.FusedMultiplyAdd(second - means, second - means, upper);
        }

        double sum = Lanes.Sum(lower, upper);
        foreach (float value in row[whole..])
        {
            sum = Math.FusedMultiplyAdd(value - mean, value - mean, sum);
        }

        return sum;
    }

    private static (Vector512<double> First, Vector512<double> Second) Load(ReadOnlySpan<float> values, int start) =>
        Vector512.Widen(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)start));
}
