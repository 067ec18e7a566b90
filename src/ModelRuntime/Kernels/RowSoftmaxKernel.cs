using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>The softmax of a row, in place. Sums go over sixteen lanes of doubles (lane = index mod 16), so the width of the machine's vectors changes nothing.</summary>
internal static class RowSoftmaxKernel
{
    private const int Step = 16;

    /// <summary><c>row[i] = e^(row[i] − largest) / Σ e^(row[j] − largest)</c>. A NaN makes all of the row NaN.</summary>
    /// <param name="row">The row, at least one value, not negative infinity throughout.</param>
    public static void Apply(Span<float> row)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in row)
        {
            largest = MathF.Max(largest, value);
        }

        Vector512<double> from = Vector512.Create((double)largest);
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        Span<float> last = stackalloc float[Step];
        for (int i = 0; i < row.Length; i += Step)
        {
            Span<float> values = Values(row, i, last);
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values)));
            first = Exponential.Of(first - from);
            second = Exponential.Of(second - from);
            lower += first;
            upper += second;
            Store(Vector512.Narrow(first, second), values, row, i);
        }

        double sum = LaneSum.Of(lower, upper);
        Vector512<double> divisor = Vector512.Create(sum);
        for (int i = 0; i < row.Length; i += Step)
        {
            Span<float> values = Values(row, i, last);
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values)));
            Store(Vector512.Narrow(first / divisor, second / divisor), values, row, i);
        }
    }

    /// <summary>Sixteen values: those of the row, or at its end a copy with negative infinities behind, whose exponential is next to nothing.</summary>
    private static Span<float> Values(Span<float> row, int start, Span<float> last)
    {
        if (row.Length - start >= Step)
        {
            return row.Slice(start, Step);
        }

        last.Fill(float.NegativeInfinity);
        row[start..].CopyTo(last);
        return last;
    }

    private static void Store(Vector512<float> result, Span<float> values, Span<float> row, int start)
    {
        result.StoreUnsafe(ref MemoryMarshal.GetReference(values));
        if (row.Length - start < Step)
        {
            values[..(row.Length - start)].CopyTo(row[start..]);
        }
    }
}
