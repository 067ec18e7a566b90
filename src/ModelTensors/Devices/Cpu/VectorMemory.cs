namespace ModelTensors.Devices.Cpu;

/// <summary>What sums and weights for each vector of a tensor take: it grows with the number of vectors, never with their length.</summary>
internal static class VectorMemory
{
    private const int LargestPartCount = 16;

    /// <summary>Returns how many sums there are for all vectors.</summary>
    /// <exception cref="NotSupportedException">They are more than an array holds.</exception>
    public static int Length(VectorLayout vectors, int sums) => vectors.Count <= Array.MaxLength / sums
        ? (int)vectors.Count * sums
        : throw new NotSupportedException($"A tensor of {vectors.Count} vectors has more inner products than fit in memory; take it as one vector.");

    /// <summary>Returns how many segments share the sums of columns; no more parts than a column has elements, so that there are never more sums than elements.</summary>
    public static int SegmentsAtOnce(Segments segments, VectorLayout columns)
    {
        int parts = (int)Math.Clamp(columns.Length, 1, LargestPartCount);
        return Math.Max(1, (segments.Count + parts - 1) / parts);
    }

    /// <summary>Returns the most bytes that passes over rows or columns keep beside their tiles.</summary>
    /// <param name="shape">The shape of the inputs.</param>
    /// <param name="segments">Their segments.</param>
    /// <param name="inputs">The number of inputs.</param>
    public static long Estimate(TensorShape shape, Segments segments, int inputs) =>
        Math.Max(Estimate(new VectorLayout(shape, VectorAxis.Rows), segments, inputs), Estimate(new VectorLayout(shape, VectorAxis.Columns), segments, inputs));

    private static long Estimate(VectorLayout vectors, Segments segments, int inputs)
    {
        int pairs = inputs * (inputs + 1) / 2;
        int atOnce = SegmentsAtOnce(segments, vectors);

        // Columns have their parts and the total, rows the total and what segments continue; then a weight for each vector and input.
        long sums = vectors.IsInterleaved ? vectors.Count * (1 + ((segments.Count + atOnce - 1) / atOnce)) : vectors.Count + segments.Count;
        return (sums * pairs * sizeof(double)) + (vectors.Count * inputs * sizeof(float));
    }
}
