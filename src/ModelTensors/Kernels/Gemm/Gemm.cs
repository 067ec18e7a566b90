using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Matrix products on the processor: <c>C = alpha op(A) op(B) + beta C</c>.</summary>
/// <remarks>
/// <para>Every element of C is one chain <c>acc = fma(a[i,k], b[k,j], acc)</c> in float, k ascending from acc = 0; F16 and BF16 are widened
/// exactly before. Then, once: <c>c = alpha * acc</c> where beta is 0, else <c>c = fma(beta, c, alpha * acc)</c>. So the bits are those of
/// three plain loops, on any number of threads and any vector width; of a NaN only that it is one, not its sign and payload.</para>
/// <para>These formulas hold without exceptions. Beta 0 does not read C, so what was there, NaN included, vanishes. Alpha 0 does read A and B,
/// so their NaNs and infinities show. With no k, acc is 0.</para>
/// <para>The structure is that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): slices of A and B are
/// packed, so that a small kernel streams through them while its tile of C stays in registers. Working memory is bounded by the block sizes
/// (about 2 MiB a thread, and 4 MiB more where beta is not 0 and k is long), whatever the size of the matrices.</para>
/// </remarks>
internal static class Gemm
{
    // Multiply-adds below which waking a second thread costs more than it brings: some 20 microseconds of one core.
    private const double ThreadingThreshold = 1 << 20;

    /// <summary>Computes <c>C = alpha op(A) op(B) + beta C</c>.</summary>
    /// <param name="a">op(A) is m by k.</param>
    /// <param name="b">op(B) is k by n.</param>
    /// <param name="c">m by n; overlaps neither operand.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="beta">The factor of what C holds; with 0, C is not read.</param>
    /// <param name="threads">The most threads to use, at least 1.</param>
    /// <param name="cancellationToken">Checked between slices of blocks; once it is cancelled, the content of C is undefined.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is less than 1.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Multiply(
        in GemmOperand a, in GemmOperand b, GemmResult c, float alpha, float beta, int threads, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (a.OuterColumns != b.OuterRows || a.OuterRows != c.Rows || b.OuterColumns != c.Columns)
        {
            throw new ArgumentException(
                $"op(A) is [{a.OuterRows}, {a.OuterColumns}], op(B) is [{b.OuterRows}, {b.OuterColumns}], C is [{c.Rows}, {c.Columns}].", nameof(c));
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (c.Rows == 0 || c.Columns == 0)
        {
            return;
        }

        if (Vector512.IsHardwareAccelerated)
        {
            Run<MicroKernel512>(a, b, c, alpha, beta, threads, cancellationToken);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<MicroKernel256>(a, b, c, alpha, beta, threads, cancellationToken);
        }
        else
        {
            Run<MicroKernel128>(a, b, c, alpha, beta, threads, cancellationToken);
        }
    }

    /// <summary>Runs one micro-kernel, whichever the processor would choose: tests compare them.</summary>
    internal static void Run<TKernel>(
        in GemmOperand a, in GemmOperand b, GemmResult c, float alpha, float beta, int threads, CancellationToken cancellationToken)
        where TKernel : struct, IMicroKernel
    {
        if ((double)c.Rows * c.Columns * Math.Max(a.OuterColumns, 1) < ThreadingThreshold)
        {
            threads = 1;
        }

        new GemmJob<TKernel>(a, b, c, alpha, beta, threads).Run(cancellationToken);
    }
}
