using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Elementary functions of sixteen floats, with fused operations only: the same bits on every machine.</summary>
internal static class FloatMath
{
    // e^x is the largest finite float a little above this, and below the smallest normal one a little under the other.
    private const float LargestExponent = 88.72283f;
    private const float SmallestExponent = -87.33654f;

    // ln 2 in two parts; the first has so few bits that its products with exponents are exact.
    private const float LogTwoHigh = 0.693359375f;
    private const float LogTwoLow = -2.12194440e-4f;

    /// <summary>Returns e^x within 2 units in the last place; 0 for x below −87.3, where the result is no normal float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> bounded = Vector512.Min(x, Vector512.Create(LargestExponent));
        Vector512<float> exponent = Vector512.Round(bounded * Vector512.Create(1.44269504f));
        Vector512<float> rest = Vector512.FusedMultiplyAdd(exponent, Vector512.Create(-LogTwoHigh), bounded);
        rest = Vector512.FusedMultiplyAdd(exponent, Vector512.Create(-LogTwoLow), rest);

        // The Taylor series to the seventh power: |rest| is at most ln 2 / 2, where the next term is below 2⁻²⁷.
        Vector512<float> sum = Vector512.Create(1f / 5040);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 720));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 120));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 24));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1f / 6));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(0.5f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512<float>.One);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512<float>.One);

        // 2^128 is no float, so that the power is applied in two halves.
        Vector512<int> power = Vector512.ConvertToInt32(exponent);
        Vector512<int> half = power >> 1;
        Vector512<float> first = ((half + Vector512.Create(127)) << 23).AsSingle();
        Vector512<float> second = ((power - half + Vector512.Create(127)) << 23).AsSingle();
        Vector512<float> result = sum * first * second;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(SmallestExponent)), Vector512<float>.Zero, result);
    }

    /// <summary>Returns 1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));
}
