using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Products of matrices that are too small for packing and blocking: <c>C = alpha · A B</c>, or added to C.</summary>
/// <remarks>
/// Every element is one chain of fused multiply-adds over ascending k, multiplied by alpha and then added, as a device's product of matrices is: the bits are the same.
/// Rows of B and C are whole vectors long.
/// </remarks>
internal static unsafe class SmallProduct
{
    /// <summary>Multiplies.</summary>
    /// <param name="a">m × k; elements are <paramref name="rowStep"/> apart from row to row and <paramref name="columnStep"/> from column to column.</param>
    /// <param name="rowStep">The floats from one row of A to the next.</param>
    /// <param name="columnStep">The floats from one column of A to the next.</param>
    /// <param name="b">k × n, row by row.</param>
    /// <param name="bStride">The floats from one row of B to the next.</param>
    /// <param name="c">m × n.</param>
    /// <param name="cStride">The floats from one row of C to the next.</param>
    /// <param name="m">The number of rows.</param>
    /// <param name="n">The number of columns, a multiple of sixteen.</param>
    /// <param name="k">The number of terms.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="adds">Whether to add to C.</param>
    public static void Multiply(
        float* a, int rowStep, int columnStep, float* b, int bStride, float* c, int cStride, int m, int n, int k, float alpha, bool adds)
    {
        int row = 0;
        for (; row + 4 <= m; row += 4)
        {
            for (int column = 0; column < n; column += Lanes.Count)
            {
                Four(a + (row * rowStep), rowStep, columnStep, b + column, bStride, c + (row * cStride) + column, cStride, k, alpha, adds);
            }
        }

        for (; row < m; row++)
        {
            for (int column = 0; column < n; column += Lanes.Count)
            {
                One(a + (row * rowStep), columnStep, b + column, bStride, c + (row * cStride) + column, k, alpha, adds);
            }
        }
    }

    private static void Four(float* a, int rowStep, int columnStep, float* b, int bStride, float* c, int cStride, int k, float alpha, bool adds)
    {
        Vector512<float> sum0 = Vector512<float>.Zero;
        Vector512<float> sum1 = Vector512<float>.Zero;
        Vector512<float> sum2 = Vector512<float>.Zero;
        Vector512<float> sum3 = Vector512<float>.Zero;
        for (int i = 0; i < k; i++)
        {
            Vector512<float> right = Vector512.Load(b);
            sum0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[0]), right, sum0);
            sum1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[rowStep]), right, sum1);
            sum2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2 * rowStep]), right, sum2);
            sum3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3 * rowStep]), right, sum3);
            a += columnStep;
            b += bStride;
        }

        Finish(sum0, c, alpha, adds);
        Finish(sum1, c + cStride, alpha, adds);
        Finish(sum2, c + (2 * cStride), alpha, adds);
        Finish(sum3, c + (3 * cStride), alpha, adds);
    }

    private static void One(float* a, int columnStep, float* b, int bStride, float* c, int k, float alpha, bool adds)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < k; i++)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(*a), Vector512.Load(b), sum);
            a += columnStep;
            b += bStride;
        }

        Finish(sum, c, alpha, adds);
    }

    private static void Finish(Vector512<float> sum, float* c, float alpha, bool adds)
    {
        Vector512<float> scaled = sum * Vector512.Create(alpha);
        (adds ? Vector512.Load(c) + scaled : scaled).Store(c);
    }
}
