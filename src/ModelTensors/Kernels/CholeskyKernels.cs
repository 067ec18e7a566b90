using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>
/// Cholesky factors in double. Every element is one chain of fused multiply-adds over ascending k, so results are the same bits for any number of threads
/// and any vector width.
/// </summary>
internal static unsafe class CholeskyKernels
{
    /// <summary>The number of columns that are factored at a time: eight vectors, enough chains to hide the latency of an addition.</summary>
    public const int Block = 64;

    /// <summary>The number of right-hand sides that are solved at a time.</summary>
    public const int Lanes = 32;

    // As many rows of a packed panel as fit the first-level cache.
    private const int Depth = 64;

    /// <summary>Copies rows of the factor so that the elements of a column lie together: panel[k][j] = factor[first + j][k], zero behind the last row.</summary>
    public static void Pack(double* factor, long stride, long first, int rows, double* panel)
    {
        for (long k = 0; k < first; k++)
        {
            double* column = panel + (k * Block);
            for (int j = 0; j < Block; j++)
            {
                column[j] = j < rows ? factor[((first + j) * stride) + k] : 0;
            }
        }
    }

    /// <summary>Subtracts from each row's elements in a block of columns the products with the columns before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Update(double* rows, long stride, int count, long first, int columns, double* panel)
    {
        double* sums = stackalloc double[Block];
        for (long start = 0; start < first; start += Depth)
        {
            int depth = (int)Math.Min(Depth, first - start);
            for (int i = 0; i < count; i++)
            {
                double* row = rows + (i * stride);
                new Span<double>(row + first, columns).CopyTo(new Span<double>(sums, Block));
                SubtractProducts(row + start, panel + (start * Block), depth, sums);
                new Span<double>(sums, columns).CopyTo(new Span<double>(row + first, columns));
            }
        }
    }

    /// <summary>Factors the block on the diagonal; returns the index of the first pivot that is not positive, or -1.</summary>
    public static int FactorDiagonal(double* block, long stride, int columns)
    {
        for (int j = 0; j < columns; j++)
        {
            double* row = block + (j * stride);
            SolveRow(row, block, stride, j);
            double pivot = row[j];
            for (int k = 0; k < j; k++)
            {
                pivot = Math.FusedMultiplyAdd(-row[k], row[k], pivot);
            }

            if (!(pivot > 0 && double.IsFinite(pivot)))
            {
                return j;
            }

            row[j] = Math.Sqrt(pivot);
        }

        return -1;
    }

    /// <summary>Solves row · Lᵀ = row for the first columns of a block on the diagonal.</summary>
    public static void SolveRow(double* row, double* diagonal, long stride, int columns)
    {
        for (int j = 0; j < columns; j++)
        {
            double* factor = diagonal + (j * stride);
            double sum = row[j];
            for (int k = 0; k < j; k++)
            {
                sum = Math.FusedMultiplyAdd(-row[k], factor[k], sum);
            }

            row[j] = sum / factor[j];
        }
    }

    /// <summary>Solves x · L · Lᵀ = b for <see cref="Lanes"/> right-hand sides, b[k][lane] in place; the upper triangle holds Lᵀ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Solve(double* factor, long size, double* lanes)
    {
        for (long j = 0; j < size; j++)
        {
            SubtractLanes(factor + (j * size), lanes, 0, j, lanes + (j * Lanes), factor[(j * size) + j]);
        }

        for (long j = size - 1; j >= 0; j--)
        {
            SubtractLanes(factor + (j * size), lanes, j + 1, size, lanes + (j * Lanes), factor[(j * size) + j]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractProducts(double* row, double* panel, int depth, double* sums)
    {
        Vector512<double> sum0 = Vector512.Load(sums);
        Vector512<double> sum1 = Vector512.Load(sums + 8);
        Vector512<double> sum2 = Vector512.Load(sums + 16);
        Vector512<double> sum3 = Vector512.Load(sums + 24);
        Vector512<double> sum4 = Vector512.Load(sums + 32);
        Vector512<double> sum5 = Vector512.Load(sums + 40);
        Vector512<double> sum6 = Vector512.Load(sums + 48);
        Vector512<double> sum7 = Vector512.Load(sums + 56);
        for (int k = 0; k < depth; k++, panel += Block)
        {
            Vector512<double> factor = Vector512.Create(-row[k]);
            sum0 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel), sum0);
            sum1 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel + 8), sum1);
            sum2 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel + 16), sum2);
            sum3 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel + 24), sum3);
            sum4 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel + 32), sum4);
            sum5 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel + 40), sum5);
            sum6 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel + 48), sum6);
            sum7 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(panel + 56), sum7);
        }

        sum0.Store(sums);
        sum1.Store(sums + 8);
        sum2.Store(sums + 16);
        sum3.Store(sums + 24);
        sum4.Store(sums + 32);
        sum5.Store(sums + 40);
        sum6.Store(sums + 48);
        sum7.Store(sums + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractLanes(double* factors, double* lanes, long start, long end, double* result, double pivot)
    {
        Vector512<double> sum0 = Vector512.Load(result);
        Vector512<double> sum1 = Vector512.Load(result + 8);
        Vector512<double> sum2 = Vector512.Load(result + 16);
        Vector512<double> sum3 = Vector512.Load(result + 24);
        for (long k = start; k < end; k++)
        {
            double* other = lanes + (k * Lanes);
            Vector512<double> factor = Vector512.Create(-factors[k]);
            sum0 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(other), sum0);
            sum1 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(other + 8), sum1);
            sum2 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(other + 16), sum2);
            sum3 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(other + 24), sum3);
        }

        Vector512<double> divisor = Vector512.Create(pivot);
        (sum0 / divisor).Store(result);
        (sum1 / divisor).Store(result + 8);
        (sum2 / divisor).Store(result + 16);
        (sum3 / divisor).Store(result + 24);
    }
}
