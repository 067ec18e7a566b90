using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>The sum of squares in double, in sixteen lanes (lane = index mod 16) that are added in order: the same bits on every machine.</summary>
internal static class SquareSumKernel
{
    private const int Lanes = 16;

    /// <summary>Returns Σ v². It is finite if and only if all values are: squares of floats do not overflow a double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum(ReadOnlySpan<float> values)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        int whole = values.Length - (values.Length % Lanes);
        for (int i = 0; i < whole; i += Lanes)
        {
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.LoadUnsafe(ref first, (nuint)i));
            lower = Vector512.FusedMultiplyAdd(low, low, lower);
            upper = Vector512.FusedMultiplyAdd(high, high, upper);
        }

        Span<double> lanes = stackalloc double[Lanes];
        lower.CopyTo(lanes);
        upper.CopyTo(lanes[Vector512<double>.Count..]);
        for (int i = whole; i < values.Length; i++)
        {
            lanes[i - whole] = Math.FusedMultiplyAdd(values[i], values[i], lanes[i - whole]);
        }

        double sum = 0;
        foreach (double lane in lanes)
        {
            sum += lane;
        }

        return sum;
    }
}
