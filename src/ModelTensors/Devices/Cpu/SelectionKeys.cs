using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>Computes the keys of a chunk. Magnitudes need no chunk of their own where a kernel compares them as it reads.</summary>
internal static unsafe class SelectionKeys
{
    /// <summary>Writes the keys of a chunk; zeros behind its last element have keys of zero.</summary>
    /// <param name="feed">The chunk.</param>
    /// <param name="key">The key.</param>
    /// <param name="origin">The input that is subtracted, or -1.</param>
    /// <param name="start">The index of the chunk's first element in the tensor.</param>
    /// <param name="elements">The number of elements of the tensor.</param>
    /// <param name="keys">The result; a chunk.</param>
    /// <param name="count">The number of elements.</param>
    /// <returns>False where a difference is not finite.</returns>
    public static bool Write(ChunkFeed feed, SelectionKey key, int origin, long start, long elements, float* keys, int count)
    {
        switch (key)
        {
            case VarianceKey { Models: var models }:
                nint* vectors = stackalloc nint[models.Count];
                for (int i = 0; i < models.Count; i++)
                {
                    vectors[i] = (nint)feed.Input(models[i]);
                }

                return feed.Kernels.Variances((void**)vectors, feed.Origin(origin), models.Count, keys, count);
            case ScaledMagnitudeKey scaled:
                bool finite = feed.Kernels.Magnitudes(feed.Input(scaled.Input), feed.Origin(origin), keys, count);
                Scale(scaled.RowFactors.Span, start, elements / scaled.RowFactors.Length, new Span<float>(keys, count));
                return finite;
            default:
                return feed.Kernels.Magnitudes(feed.Input(((MagnitudeKey)key).Input), feed.Origin(origin), keys, count);
        }
    }

    private static void Scale(ReadOnlySpan<float> factors, long start, long rowLength, Span<float> keys)
    {
        long row = start / rowLength;
        int length = (int)Math.Min(keys.Length, ((row + 1) * rowLength) - start);
        for (; keys.Length > 0; length = (int)Math.Min(keys.Length, rowLength))
        {
            float factor = factors[(int)row++];
            foreach (ref float value in keys[..length])
            {
                // A NaN's sign would make it a key beyond all magnitudes.
                value = MathF.Abs(value * factor);
            }

            keys = keys[length..];
        }
    }
}
