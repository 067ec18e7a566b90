using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Exponentials and logarithms of eight doubles, of nothing but correctly rounded operations: the same bits on every machine, unlike the C runtime's.</summary>
internal static class DoubleMath
{
    // ln 2 in two parts; the first has so many trailing zeros that its products with exponents are exact.
    private const double LnTwoHigh = 0.693147180369123816490;
    private const double LnTwoLow = 1.90821492927058770002e-10;
    private const double InverseLnTwo = 1.44269504088896338700;

    // Adding it leaves the nearest integer in the low bits of the mantissa.
    private const double Rounder = 6755399441055744.0;

    // The smallest argument whose exponential is a normal number.
    private const double SmallestExponent = -708;

    /// <summary>e to the power of each value, within 2 units in the last place up to 709; zero below -708; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> value)
    {
        Vector512<double> rounder = Vector512.Create(Rounder);
        Vector512<double> shifted = Vector512.FusedMultiplyAdd(value, Vector512.Create(InverseLnTwo), rounder);
        Vector512<double> exponent = shifted - rounder;
        Vector512<double> rest = Vector512.FusedMultiplyAdd(exponent, Vector512.Create(-LnTwoHigh), value);
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
        return Vector512.ConditionalSelect(Vector512.LessThan(value, Vector512.Create(SmallestExponent)), Vector512<double>.Zero, result);
    }

    /// <summary>The natural logarithm of each value, which has to be positive, normal and finite, within 2 units in the last place; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Log(Vector512<double> value)
    {
        // value = 2^exponent · mantissa with the mantissa within a factor of √2 of one.
        const long halfRoot = 0x3FE6_A09E_667F_3BCD;
        Vector512<long> exponent = Vector512.ShiftRightArithmetic(value.AsInt64() - Vector512.Create(halfRoot), 52);
        Vector512<double> less = (value.AsInt64() - Vector512.ShiftLeft(exponent, 52)).AsDouble() - Vector512<double>.One;

        // ln(1 + f) = 2 artanh(s) with s = f / (2 + f), at most 0.172: the series to the 23rd power leaves out less than 1e-18 of it.
        Vector512<double> ratio = less / (less + Vector512.Create(2.0));
        Vector512<double> square = ratio * ratio;
        Vector512<double> sum = Vector512.Create(2.0 / 23);
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 21));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 19));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 17));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 15));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 13));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 11));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 9));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 7));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 5));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2.0 / 3));
        Vector512<double> power = Vector512.ConvertToDouble(exponent);

        // 2s = f − s·f: f is exact, and the correction small beside it.
        Vector512<double> mantissa = less - (ratio * (less - (square * sum)));
        Vector512<double> result = Vector512.FusedMultiplyAdd(
            power, Vector512.Create(LnTwoHigh), Vector512.FusedMultiplyAdd(power, Vector512.Create(LnTwoLow), mantissa));
        return Vector512.ConditionalSelect(Vector512.Equals(value, value), result, value);
    }
}
