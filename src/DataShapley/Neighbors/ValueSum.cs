using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataShapley.Neighbors;

/// <summary>The values of a row over some test points: their sum and that of their squares, side by side because they are mostly met in random order.</summary>
internal struct ValueSum
{
    public double Sum;
    public double Squares;

    public void Add(double value)
    {
        Sum += value;
        Squares = Math.FusedMultiplyAdd(value, value, Squares);
    }

    /// <summary>Adds a value to each of the sums: the same bits as one after the other, at the speed of memory.</summary>
    public static void AddEach(ValueSum[] sums, ReadOnlySpan<double> values)
    {
        Span<double> numbers = MemoryMarshal.Cast<ValueSum, double>(sums.AsSpan());
        int row = 0;
        for (; row <= values.Length - Vector256<double>.Count; row += Vector256<double>.Count)
        {
            Vector256<double> four = Vector256.Create(values.Slice(row, Vector256<double>.Count));
            Span<double> target = numbers.Slice(2 * row, 2 * Vector256<double>.Count);
            AddPair(Vector256.Shuffle(four, Vector256.Create(0L, 0, 1, 1)), target);
            AddPair(Vector256.Shuffle(four, Vector256.Create(2L, 2, 3, 3)), target[Vector256<double>.Count..]);
        }

        for (; row < values.Length; row++)
        {
            sums[row].Add(values[row]);
        }
    }

    // A value times one, and times itself.
    private static void AddPair(Vector256<double> pair, Span<double> target)
    {
        Vector256<double> factors = (pair & Vector256.Create(0L, -1, 0, -1).AsDouble()) | Vector256.Create(1.0, 0, 1, 0);
        Vector256.FusedMultiplyAdd(pair, factors, Vector256.Create((ReadOnlySpan<double>)target)).CopyTo(target);
    }
}
