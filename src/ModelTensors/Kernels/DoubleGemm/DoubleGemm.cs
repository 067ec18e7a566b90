using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Matrix products on the processor in double: <c>C = alpha op(A) op(B) + beta C</c>, and a matrix with itself.</summary>
/// <remarks>
/// Every element of C is a sum over blocks of <see cref="DoublePanels.Depth"/> k, added one after the other; a block is one chain <c>acc = fma(a[i,k],
/// b[k,j], acc)</c> with k ascending from acc = 0. Blocks keep the rounding of long sums small: that of a block and of as many additions as there are
/// blocks. F32, F16 and BF16 are widened exactly before, so that their products are exact. So the bits are those of plain loops, on any number of threads and
/// any vector width; of a NaN only that it is one.
/// </remarks>
internal static class DoubleGemm
{
    // Multiply-adds below which waking a second thread costs more than it brings.
    private const double ThreadingThreshold = 1 << 19;

    /// <summary>Computes <c>C = alpha op(A) op(B) + beta C</c>.</summary>
    /// <param name="left">The rows of op(A), as many as C has.</param>
    /// <param name="right">The columns of op(B), as many as C has.</param>
    /// <param name="depth">The columns of op(A), which are the rows of op(B).</param>
    /// <param name="result">C.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="beta">The factor of what C holds; with 0, C is not read.</param>
    /// <param name="threads">The most threads to use, at least 1.</param>
    /// <param name="cancellationToken">Checked between blocks; once it is cancelled, the content of C is undefined.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Multiply(
        in DoubleLines left, in DoubleLines right, long depth, DoubleResult result, double alpha, double beta, int threads, CancellationToken cancellationToken)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply<DoubleKernel512>(left, right, depth, result, alpha, beta, threads, cancellationToken);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Multiply<DoubleKernel256>(left, right, depth, result, alpha, beta, threads, cancellationToken);
        }
        else
        {
            Multiply<DoubleKernel128>(left, right, depth, result, alpha, beta, threads, cancellationToken);
        }
    }

    /// <summary>Computes the inner products of all pairs of lines: what <see cref="Multiply"/> gives for lines on both sides, at half the work.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="depth">Their length.</param>
    /// <param name="result">As many rows and columns as there are lines, without gaps; both triangles are written.</param>
    /// <param name="threads">The most threads to use, at least 1.</param>
    /// <param name="cancellationToken">Checked between blocks; once it is cancelled, the result is undefined.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static unsafe void Gram(in DoubleLines lines, long depth, double* result, int threads, CancellationToken cancellationToken)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Gram<DoubleKernel512>(lines, depth, result, threads, cancellationToken);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Gram<DoubleKernel256>(lines, depth, result, threads, cancellationToken);
        }
        else
        {
            Gram<DoubleKernel128>(lines, depth, result, threads, cancellationToken);
        }
    }

    /// <summary>Runs one kernel, whichever the processor would choose: tests compare them.</summary>
    internal static void Multiply<TKernel>(
        in DoubleLines left, in DoubleLines right, long depth, DoubleResult result, double alpha, double beta, int threads, CancellationToken cancellationToken)
        where TKernel : struct, IDoubleKernel
    {
        int workers = (double)left.Count * right.Count * depth < ThreadingThreshold ? 1 : threads;
        new DoubleGemmJob<TKernel>(left, right, depth, result, alpha, beta).Run(workers, cancellationToken);
    }

    /// <summary>Runs one kernel, whichever the processor would choose: tests compare them.</summary>
    internal static unsafe void Gram<TKernel>(in DoubleLines lines, long depth, double* result, int threads, CancellationToken cancellationToken)
        where TKernel : struct, IDoubleKernel
    {
        int workers = (double)lines.Count * lines.Count * depth < 2 * ThreadingThreshold ? 1 : threads;
        new GramJob<TKernel>(lines, depth, result).Run(workers, cancellationToken);
    }
}
