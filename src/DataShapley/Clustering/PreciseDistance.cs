using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataShapley.Clustering;

/// <summary>Squared Euclidean distances in double: what decides wherever a product in float is not sure.</summary>
/// <remarks>
/// Sixteen chains of fused multiply-adds, element i on chain i mod 16, then a fixed tree: the bits depend neither on the vector width nor on threads. Zeros
/// fill the last step, which changes no sum.
/// </remarks>
internal static class PreciseDistance
{
    private const int Step = 16;
    private const int Half = Step / 2;

    /// <summary>Returns <c>Σ (left_i − right_i)²</c>.</summary>
    public static double Squared(ReadOnlySpan<float> left, ReadOnlySpan<double> right)
    {
        ref float first = ref MemoryMarshal.GetReference(left);
        ref double second = ref MemoryMarshal.GetReference(right);
        Vector512<double> low = Vector512<double>.Zero;
        Vector512<double> high = Vector512<double>.Zero;
        int index = 0;
        for (; index <= left.Length - Step; index += Step)
        {
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(Vector512.LoadUnsafe(ref first, (nuint)index));
            lower -= Vector512.LoadUnsafe(ref second, (nuint)index);
            upper -= Vector512.LoadUnsafe(ref second, (nuint)(index + Half));
            low = Vector512.FusedMultiplyAdd(lower, lower, low);
            high = Vector512.FusedMultiplyAdd(upper, upper, high);
        }

        Span<double> rest = stackalloc double[Step];
        rest.Clear();
        for (int i = index; i < left.Length; i++)
        {
            rest[i - index] = left[i] - right[i];
        }

        return Finish(low, high, rest);
    }

    /// <summary>Returns <c>Σ (left_i − right_i)²</c>.</summary>
    public static double Squared(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        ref double first = ref MemoryMarshal.GetReference(left);
        ref double second = ref MemoryMarshal.GetReference(right);
        Vector512<double> low = Vector512<double>.Zero;
        Vector512<double> high = Vector512<double>.Zero;
        int index = 0;
        for (; index <= left.Length - Step; index += Step)
        {
            Vector512<double> lower = Vector512.LoadUnsafe(ref first, (nuint)index) - Vector512.LoadUnsafe(ref second, (nuint)index);
            Vector512<double> upper = Vector512.LoadUnsafe(ref first, (nuint)(index + Half)) - Vector512.LoadUnsafe(ref second, (nuint)(index + Half));
            low = Vector512.FusedMultiplyAdd(lower, lower, low);
            high = Vector512.FusedMultiplyAdd(upper, upper, high);
        }

        Span<double> rest = stackalloc double[Step];
        rest.Clear();
        for (int i = index; i < left.Length; i++)
        {
            rest[i - index] = left[i] - right[i];
        }

        return Finish(low, high, rest);
    }

    private static double Finish(Vector512<double> low, Vector512<double> high, ReadOnlySpan<double> rest)
    {
        Vector512<double> lower = Vector512.Create(rest);
        Vector512<double> upper = Vector512.Create(rest[Half..]);
        Vector512<double> all = Vector512.FusedMultiplyAdd(lower, lower, low) + Vector512.FusedMultiplyAdd(upper, upper, high);

        // Vector512.Sum has no promised order.
        Vector256<double> four = all.GetLower() + all.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }
}
