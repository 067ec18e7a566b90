namespace ModelTensors;

/// <summary>The exact values of the 8-bit floats, one for each bit pattern.</summary>
internal static class Float8
{
    private static readonly float[] E4M3Values = Build(mantissaBits: 3, bias: 7, hasInfinities: false);
    private static readonly float[] E5M2Values = Build(mantissaBits: 2, bias: 15, hasInfinities: true);

    /// <summary>F8_E4M3 (the variant without infinities): up to 448; 0x7F and 0xFF are NaN.</summary>
    public static ReadOnlySpan<float> E4M3 => E4M3Values;

    /// <summary>F8_E5M2: the upper byte of a half, with its infinities and NaNs.</summary>
    public static ReadOnlySpan<float> E5M2 => E5M2Values;

    private static float[] Build(int mantissaBits, int bias, bool hasInfinities)
    {
        float[] values = new float[256];
        int mantissaMask = (1 << mantissaBits) - 1;
        int topExponent = 0x7F >> mantissaBits;
        for (int bits = 0; bits < values.Length; bits++)
        {
            int exponent = (bits & 0x7F) >> mantissaBits;
            int mantissa = bits & mantissaMask;
            float magnitude;
            if (hasInfinities && exponent == topExponent)
            {
                magnitude = mantissa == 0 ? float.PositiveInfinity : float.NaN;
            }
            else if (!hasInfinities && (bits & 0x7F) == 0x7F)
            {
                magnitude = float.NaN;
            }
            else
            {
                // A subnormal has no implied one, and the exponent of the smallest normal number. Powers of two are exact.
                int significand = exponent == 0 ? mantissa : mantissa + mantissaMask + 1;
                magnitude = MathF.ScaleB(significand, Math.Max(exponent, 1) - bias - mantissaBits);
            }

            values[bits] = bits < 0x80 ? magnitude : -magnitude;
        }

        return values;
    }
}
