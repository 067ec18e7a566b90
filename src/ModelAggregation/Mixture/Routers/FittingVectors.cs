using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelAggregation.Mixture.Routers;

/// <summary>Vectors of doubles, for fits.</summary>
/// <remarks>Sums are in sixteen chains of fused multiply-adds, element i on chain i mod 16, then a fixed tree: the bits do not depend on the width of the machine's vectors. Zeros fill the last step, which changes no sum.</remarks>
internal static class FittingVectors
{
    private const int Step = 16;
    private const int Half = Step / 2;

    /// <summary>Returns <c>Σ aᵢ bᵢ</c>; both are of one length.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ref double first = ref MemoryMarshal.GetReference(a);
        ref double second = ref MemoryMarshal.GetReference(b[..a.Length]);
        Vector512<double> low = Vector512<double>.Zero;
        Vector512<double> high = Vector512<double>.Zero;
        int index = 0;
        for (; index <= a.Length - Step; index += Step)
        {
            low = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, (nuint)index), Vector512.LoadUnsafe(ref second, (nuint)index), low);
            high = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, (nuint)(index + Half)), Vector512.LoadUnsafe(ref second, (nuint)(index + Half)), high);
        }

        Span<double> rest = stackalloc double[2 * Step];
        rest.Clear();
        a[index..].CopyTo(rest);
        b[index..a.Length].CopyTo(rest[Step..]);
        low = Vector512.FusedMultiplyAdd(Vector512.Create<double>(rest[..Half]), Vector512.Create<double>(rest[Step..]), low);
        high = Vector512.FusedMultiplyAdd(Vector512.Create<double>(rest[Half..Step]), Vector512.Create<double>(rest[(Step + Half)..]), high);

        // Halves of halves: the order is the same where a vector is made of narrower ones.
        Vector512<double> sums = low + high;
        Vector256<double> quarter = sums.GetLower() + sums.GetUpper();
        Vector128<double> eighth = quarter.GetLower() + quarter.GetUpper();
        return eighth[0] + eighth[1];
    }

    /// <summary>Adds <c>factor · source</c> to a destination of the same length, in one rounding for each element.</summary>
    public static void AddScaled(double factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        ref double from = ref MemoryMarshal.GetReference(source);
        ref double to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        Vector512<double> factors = Vector512.Create(factor);
        int index = 0;
        for (; index <= source.Length - Half; index += Half)
        {
            Vector512.FusedMultiplyAdd(factors, Vector512.LoadUnsafe(ref from, (nuint)index), Vector512.LoadUnsafe(ref to, (nuint)index)).StoreUnsafe(ref to, (nuint)index);
        }

        for (; index < source.Length; index++)
        {
            destination[index] = Math.FusedMultiplyAdd(factor, source[index], destination[index]);
        }
    }
}
