using System.Runtime.Intrinsics;

namespace DataShapley.Utilities;

/// <summary>Solves systems with a positive definite matrix by Cholesky's factors, in a fixed order of fused operations.</summary>
internal static class PositiveSystem
{
    /// <summary>Solves.</summary>
    /// <param name="matrix">The upper triangle of the matrix, row by row; replaced by its factor.</param>
    /// <param name="vector">The right side; replaced by the solution.</param>
    /// <returns>False where the matrix is not positive definite in double.</returns>
    public static bool TrySolve(Span<double> matrix, Span<double> vector)
    {
        int n = vector.Length;
        for (int k = 0; k < n; k++)
        {
            Span<double> pivot = matrix.Slice(k * n, n);
            if (!(pivot[k] > 0 && double.IsFinite(pivot[k])))
            {
                return false;
            }

            double root = Math.Sqrt(pivot[k]);
            foreach (ref double value in pivot[k..])
            {
                value /= root;
            }

            for (int i = k + 1; i < n; i++)
            {
                AddScaled(pivot[i..], -pivot[i], matrix.Slice((i * n) + i, n - i));
            }

            vector[k] /= pivot[k];
            AddScaled(pivot[(k + 1)..], -vector[k], vector[(k + 1)..]);
        }

        for (int k = n - 1; k >= 0; k--)
        {
            ReadOnlySpan<double> pivot = matrix.Slice(k * n, n);
            double rest = vector[k];
            for (int i = n - 1; i > k; i--)
            {
                rest = Math.FusedMultiplyAdd(-pivot[i], vector[i], rest);
            }

            vector[k] = rest / pivot[k];
        }

        return true;
    }

    // Element by element and fused: the same bits by vectors and without.
    private static void AddScaled(ReadOnlySpan<double> from, double factor, Span<double> to)
    {
        int i = 0;
        for (; i <= from.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            Vector256.FusedMultiplyAdd(Vector256.Create(from[i..]), Vector256.Create(factor), Vector256.Create<double>(to[i..])).CopyTo(to[i..]);
        }

        for (; i < from.Length; i++)
        {
            to[i] = Math.FusedMultiplyAdd(from[i], factor, to[i]);
        }
    }
}
