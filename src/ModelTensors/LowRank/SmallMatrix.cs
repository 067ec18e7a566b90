using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.LowRank;

/// <summary>What the decompositions of small matrices share. Element by element, so the bits depend on nothing but the numbers.</summary>
internal static class SmallMatrix
{
    private const int Lanes = 8;

    // The power of two and its inverse are both normal numbers.
    private const int LargestExponent = 1000;

    /// <summary>Returns the largest magnitude of a matrix.</summary>
    /// <exception cref="ArgumentException">The number of elements is not that of the size, or one of them is NaN or infinite.</exception>
    public static double LargestMagnitude(ReadOnlySpan<double> matrix, int rows, int columns)
    {
        if (matrix.Length != (long)rows * columns)
        {
            throw new ArgumentException($"A matrix of {rows} × {columns} has {(long)rows * columns} elements, not {matrix.Length}.", nameof(matrix));
        }

        double largest = 0;
        for (int i = 0; i < matrix.Length; i++)
        {
            double magnitude = Math.Abs(matrix[i]);
            if (!double.IsFinite(magnitude))
            {
                throw new ArgumentException($"Element [{i / columns}, {i % columns}] of the matrix is {matrix[i]}: only finite matrices are decomposed.", nameof(matrix));
            }

            largest = Math.Max(largest, magnitude);
        }

        return largest;
    }

    /// <summary>Returns the exponent by which a matrix is scaled, exactly, so that no square overflows or vanishes.</summary>
    /// <param name="largest">The largest magnitude, not zero.</param>
    public static int Exponent(double largest) => Math.Clamp(Math.ILogB(largest), -LargestExponent, LargestExponent);

    /// <summary>Turns two vectors in their plane: <c>first' = cosine · first + sine · second</c>, <c>second' = cosine · second − sine · first</c>.</summary>
    public static void Rotate(Span<double> first, Span<double> second, double cosine, double sine)
    {
        ref double a = ref MemoryMarshal.GetReference(first);
        ref double b = ref MemoryMarshal.GetReference(second[..first.Length]);
        Vector512<double> cosines = Vector512.Create(cosine);
        Vector512<double> sines = Vector512.Create(sine);
        Vector512<double> negated = Vector512.Create(-sine);
        int i = 0;
        for (; i <= first.Length - Lanes; i += Lanes)
        {
            Vector512<double> x = Vector512.LoadUnsafe(ref a, (nuint)i);
            Vector512<double> y = Vector512.LoadUnsafe(ref b, (nuint)i);
            Vector512.FusedMultiplyAdd(cosines, x, sines * y).StoreUnsafe(ref a, (nuint)i);
            Vector512.FusedMultiplyAdd(cosines, y, negated * x).StoreUnsafe(ref b, (nuint)i);
        }

        for (; i < first.Length; i++)
        {
            (double x, double y) = (first[i], second[i]);
            first[i] = Math.FusedMultiplyAdd(cosine, x, sine * y);
            second[i] = Math.FusedMultiplyAdd(cosine, y, -sine * x);
        }
    }

    /// <summary>target += firstFactor · first + secondFactor · second, each fused.</summary>
    public static void AddTwo(double firstFactor, ReadOnlySpan<double> first, double secondFactor, ReadOnlySpan<double> second, Span<double> target)
    {
        ref double a = ref MemoryMarshal.GetReference(first[..target.Length]);
        ref double b = ref MemoryMarshal.GetReference(second[..target.Length]);
        ref double to = ref MemoryMarshal.GetReference(target);
        Vector512<double> firsts = Vector512.Create(firstFactor);
        Vector512<double> seconds = Vector512.Create(secondFactor);
        int i = 0;
        for (; i <= target.Length - Lanes; i += Lanes)
        {
            Vector512<double> sum = Vector512.FusedMultiplyAdd(firsts, Vector512.LoadUnsafe(ref a, (nuint)i), Vector512.LoadUnsafe(ref to, (nuint)i));
            Vector512.FusedMultiplyAdd(seconds, Vector512.LoadUnsafe(ref b, (nuint)i), sum).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < target.Length; i++)
        {
            target[i] = Math.FusedMultiplyAdd(secondFactor, second[i], Math.FusedMultiplyAdd(firstFactor, first[i], target[i]));
        }
    }

    /// <summary>Negates a vector whose entry of largest magnitude, the first among equals, is negative; says whether it was.</summary>
    public static bool MakeLargestPositive(Span<double> vector)
    {
        double largest = 0;
        foreach (double value in vector)
        {
            largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
        }

        if (!(largest < 0))
        {
            return false;
        }

        foreach (ref double value in vector)
        {
            value = -value;
        }

        return true;
    }
}
