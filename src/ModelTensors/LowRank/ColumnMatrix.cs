using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.LowRank;

/// <summary>A tall matrix of doubles, column after column. Sums have eight lanes on every machine, so their bits depend on nothing but the numbers.</summary>
/// <param name="length">The number of rows.</param>
/// <param name="count">The number of columns.</param>
internal sealed class ColumnMatrix(int length, int count)
{
    private const int Lanes = 8;

    // What a column loses to those before it, beyond which nothing but rounding is left of it.
    private const double Negligible = 1e-12;

    private readonly double[] _values = new double[checked((long)length * count)];

    public int Length => length;

    public int Count => count;

    public Span<double> this[int column] => _values.AsSpan(column * length, length);

    /// <summary>Makes the columns orthonormal, in place, and returns the upper triangle R, column after column, with <c>old = new · R</c>.</summary>
    /// <remarks>
    /// Gram and Schmidt's modified process, each column gone through twice: orthogonal to rounding ("twice is enough", Giraud et al. 2005). A column
    /// that depends on those before it becomes zero: it adds nothing to any product, where noise scaled up to a direction would.
    /// </remarks>
    public double[] Orthonormalize(CancellationToken cancellationToken)
    {
        double[] triangle = new double[count * count];
        for (int column = 0; column < count; column++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<double> own = this[column];
            double before = Math.Sqrt(Dot(own, own));
            for (int round = 0; round < 2; round++)
            {
                for (int other = 0; other < column; other++)
                {
                    double part = Dot(this[other], own);
                    Add(-part, this[other], own);
                    triangle[(column * count) + other] += part;
                }
            }

            double norm = Math.Sqrt(Dot(own, own));
            if (norm > before * Negligible)
            {
                triangle[(column * count) + column] = norm;
                foreach (ref double value in own)
                {
                    value /= norm;
                }
            }
            else
            {
                own.Clear();
            }
        }

        return triangle;
    }

    /// <summary>Multiplies by the first columns of a square matrix.</summary>
    /// <param name="factors">The square matrix, column after column.</param>
    /// <param name="columns">How many of its columns.</param>
    public ColumnMatrix Multiply(ReadOnlySpan<double> factors, int columns)
    {
        ColumnMatrix product = new(length, columns);
        for (int column = 0; column < columns; column++)
        {
            for (int k = 0; k < count; k++)
            {
                Add(factors[(column * count) + k], this[k], product[column]);
            }
        }

        return product;
    }

    /// <summary>target += factor · source, fused.</summary>
    public static void Add(double factor, ReadOnlySpan<double> source, Span<double> target)
    {
        ref double from = ref MemoryMarshal.GetReference(source);
        ref double to = ref MemoryMarshal.GetReference(target);
        Vector512<double> factors = Vector512.Create(factor);
        int i = 0;
        // Both spans have the length of a column.
        for (; i <= target.Length - Lanes; i += Lanes)
        {
            Vector512.FusedMultiplyAdd(factors, Vector512.LoadUnsafe(ref from, (nuint)i), Vector512.LoadUnsafe(ref to, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < target.Length; i++)
        {
            Unsafe.Add(ref to, i) = Math.FusedMultiplyAdd(factor, Unsafe.Add(ref from, i), Unsafe.Add(ref to, i));
        }
    }

    public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        ref double a = ref MemoryMarshal.GetReference(left);
        ref double b = ref MemoryMarshal.GetReference(right);
        Vector512<double> even = Vector512<double>.Zero;
        Vector512<double> odd = Vector512<double>.Zero;
        int i = 0;
        for (; i <= left.Length - (2 * Lanes); i += 2 * Lanes)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref a, (nuint)i), Vector512.LoadUnsafe(ref b, (nuint)i), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref a, (nuint)(i + Lanes)), Vector512.LoadUnsafe(ref b, (nuint)(i + Lanes)), odd);
        }

        double sum = 0;
        Vector512<double> lanes = even + odd;
        for (int lane = 0; lane < Lanes; lane++)
        {
            sum += lanes.GetElement(lane);
        }

        for (; i < left.Length; i++)
        {
            sum = Math.FusedMultiplyAdd(Unsafe.Add(ref a, i), Unsafe.Add(ref b, i), sum);
        }

        return sum;
    }
}
