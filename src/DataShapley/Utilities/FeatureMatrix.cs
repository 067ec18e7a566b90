using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataShapley.Utilities;

/// <summary>Features in double, each row followed by a constant 1 and by zeros up to a multiple of four.</summary>
/// <remarks>Four virtual lanes on every machine, and fused arithmetic in them: the bits do not depend on the width of its vectors.</remarks>
internal sealed class FeatureMatrix
{
    private const int Lanes = 4;

    private readonly double[] _values;

    public FeatureMatrix(ReadOnlySpan<float> features, int dimension, ReadOnlySpan<double> shift = default)
    {
        int rows = features.Length / dimension;
        Dimension = dimension;
        Stride = checked((dimension + Lanes) / Lanes * Lanes);
        _values = new double[checked((long)rows * Stride)];
        for (int row = 0; row < rows; row++)
        {
            Span<double> to = Row(row);
            for (int i = 0; i < dimension; i++)
            {
                to[i] = features[(row * dimension) + i] - (shift.IsEmpty ? 0 : shift[i]);
            }

            to[dimension] = 1;
        }
    }

    public int Dimension { get; }

    /// <summary>Gets the length of a row, zeros included.</summary>
    public int Stride { get; }

    public static void Check(ReadOnlySpan<float> numbers, int dimension, int count, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (count == 0 || numbers.Length != (long)count * dimension)
        {
            throw new ArgumentException($"{count} points of {dimension} features take {(long)count * dimension} numbers, for at least one point; there are {numbers.Length}.", name);
        }

        for (int i = 0; i < numbers.Length; i++)
        {
            if (!float.IsFinite(numbers[i]))
            {
                throw new ArgumentException($"Number {i % dimension} of point {i / dimension} is {numbers[i]}: it has to be finite.", name);
            }
        }
    }

    /// <summary>Computes the product of a row and a vector of <see cref="Stride"/> numbers.</summary>
    public double Dot(int row, ReadOnlySpan<double> vector)
    {
        ReadOnlySpan<Vector256<double>> left = Blocks(Row(row));
        ReadOnlySpan<Vector256<double>> right = Blocks(vector[..Stride]);
        Vector256<double> sum = Vector256<double>.Zero;
        for (int i = 0; i < left.Length; i++)
        {
            sum = Vector256.FusedMultiplyAdd(left[i], right[i], sum);
        }

        return (sum[0] + sum[2]) + (sum[1] + sum[3]);
    }

    /// <summary>Adds the row times a factor.</summary>
    public void AddScaled(int row, double factor, Span<double> sum)
    {
        ReadOnlySpan<Vector256<double>> from = Blocks(Row(row));
        Span<Vector256<double>> to = Blocks(sum[..Stride]);
        Vector256<double> scale = Vector256.Create(factor);
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = Vector256.FusedMultiplyAdd(from[i], scale, to[i]);
        }
    }

    /// <summary>Adds the outer product of the row with itself times a factor to a block of a matrix.</summary>
    /// <param name="row">The row.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="sum">The matrix from the first element of the block on.</param>
    /// <param name="width">The length of a row of the matrix, a multiple of four.</param>
    /// <param name="isUpper">Whether only the upper triangle is wanted; a few elements below it are written too.</param>
    public void AddOuter(int row, double factor, Span<double> sum, int width, bool isUpper)
    {
        ReadOnlySpan<double> values = Row(row);
        ReadOnlySpan<Vector256<double>> from = Blocks(values);
        for (int i = 0; i <= Dimension; i++)
        {
            Span<Vector256<double>> to = Blocks(sum.Slice(i * width, Stride));
            Vector256<double> scale = Vector256.Create(values[i] * factor);
            for (int block = isUpper ? i / Lanes : 0; block < from.Length; block++)
            {
                to[block] = Vector256.FusedMultiplyAdd(from[block], scale, to[block]);
            }
        }
    }

    private static ReadOnlySpan<Vector256<double>> Blocks(ReadOnlySpan<double> values) => MemoryMarshal.Cast<double, Vector256<double>>(values);

    private static Span<Vector256<double>> Blocks(Span<double> values) => MemoryMarshal.Cast<double, Vector256<double>>(values);

    private Span<double> Row(int row) => _values.AsSpan(checked(row * Stride), Stride);
}
