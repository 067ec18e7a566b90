using System.Numerics;
using System.Runtime.InteropServices;

namespace DataShapley.Clustering;

/// <summary>Means of rows in double.</summary>
internal static class ClusterMeans
{
    /// <summary>Adds a row to a sum.</summary>
    public static void Add(ReadOnlySpan<float> row, Span<double> sum)
    {
        // Element by element: lanes change no bit.
        int step = Vector<float>.Count;
        int half = Vector<double>.Count;
        int index = 0;
        ref float source = ref MemoryMarshal.GetReference(row);
        ref double target = ref MemoryMarshal.GetReference(sum[..row.Length]);
        for (; index <= row.Length - step; index += step)
        {
            Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)index), out Vector<double> low, out Vector<double> high);
            (low + Vector.LoadUnsafe(ref target, (nuint)index)).StoreUnsafe(ref target, (nuint)index);
            (high + Vector.LoadUnsafe(ref target, (nuint)(index + half))).StoreUnsafe(ref target, (nuint)(index + half));
        }

        for (; index < row.Length; index++)
        {
            sum[index] += row[index];
        }
    }

    /// <summary>Computes the mean of some rows, added in the order given.</summary>
    public static void Compute(EmbeddingRows rows, ReadOnlySpan<int> members, Span<double> mean)
    {
        mean.Clear();
        foreach (int member in members)
        {
            Add(rows.Row(member), mean);
        }

        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] /= members.Length;
        }
    }
}
