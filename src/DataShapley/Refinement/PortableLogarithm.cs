namespace DataShapley.Refinement;

/// <summary>The natural logarithm by additions, multiplications and divisions alone: the C runtimes of platforms differ in the last bit of theirs.</summary>
internal static class PortableLogarithm
{
    private const int Terms = 20;
    private const double Ln2 = 0.69314718055994531;

    /// <summary>Computes ln x.</summary>
    /// <param name="x">Above zero, finite, not denormal.</param>
    public static double Of(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1023L << 52));
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }

        // ln m = 2 artanh((m − 1) / (m + 1)): the argument is at most 0.172, so that twenty terms of its series leave nothing that a double could hold.
        double s = (mantissa - 1) / (mantissa + 1);
        double square = s * s;
        double sum = 0;
        for (int term = Terms; term >= 0; term--)
        {
            sum = (sum * square) + (1.0 / ((2 * term) + 1));
        }

        return (exponent * Ln2) + (2 * s * sum);
    }
}
