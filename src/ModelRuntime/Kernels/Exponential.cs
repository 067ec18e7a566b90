using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Exponentials of eight doubles, of nothing but correctly rounded operations: the same bits on every machine, unlike the C runtime's.</summary>
internal static class Exponential
{
    // ln 2 in two parts; the first has so many trailing zeros that its products with exponents are exact.
    private const double LnTwoHigh = 0.693147180369123816490;
    private const double LnTwoLow = 1.90821492927058770002e-10;
    private const double InverseLnTwo = 1.44269504088896338700;

    // Adding it leaves the nearest integer in the low bits of the mantissa.
    private const double Rounder = 6755399441055744.0;

    // Beyond these the power of two is not a normal number; e to the power of them is nothing, or beyond any float.
    private const double Smallest = -708;
    private const double Largest = 709;

    /// <summary>e to the power of each value, within 2 units in the last place from -708 to 709 and that of these bounds beyond them; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Of(Vector512<double> value)
    {
        Vector512<double> bounded = Vector512.Min(Vector512.Max(value, Vector512.Create(Smallest)), Vector512.Create(Largest));
        Vector512<double> rounder = Vector512.Create(Rounder);
        Vector512<double> shifted = Vector512.FusedMultiplyAdd(bounded, Vector512.Create(InverseLnTwo), rounder);
        Vector512<double> exponent = shifted - rounder;
        Vector512<double> rest = Vector512.FusedMultiplyAdd(exponent, Vector512.Create(-LnTwoHigh), bounded);
        rest = Vector512.FusedMultiplyAdd(exponent, Vector512.Create(-LnTwoLow), rest);

        // Taylor's series to the thirteenth power; the rest is at most half of ln 2, so what is left out is below 1e-17.
        Vector512<double> sum = Vector512.Create(1.0 / 6227020800);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 479001600));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 39916800));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 3628800));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 362880));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 40320));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 5040));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 720));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 120));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 24));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.0 / 6));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(0.5));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512<double>.One);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512<double>.One);
        Vector512<long> power = shifted.AsInt64() - rounder.AsInt64() + Vector512.Create(1023L);
        Vector512<double> result = sum * Vector512.ShiftLeft(power, 52).AsDouble();
        return Vector512.ConditionalSelect(Vector512.Equals(value, value), result, value);
    }
}
