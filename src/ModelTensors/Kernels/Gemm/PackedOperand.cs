using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>A right operand that is packed once, for many products with few rows each: <c>C += alpha op(A) B</c>.</summary>
/// <remarks>
/// The bits are those of <see cref="Gemm"/> with beta 1: one chain <c>acc = fma(a[i,k], b[k,j], acc)</c> over ascending k, then
/// <c>c = fma(1, c, alpha * acc)</c>. A product runs on the caller's thread; several may run at once.
/// </remarks>
internal abstract unsafe class PackedOperand
{
    /// <summary>Packs an operand.</summary>
    /// <param name="b">op(B), k by n; it is not needed afterwards.</param>
    public static PackedOperand Create(in GemmOperand b) =>
        Vector512.IsHardwareAccelerated ? new PackedOperand<MicroKernel512>(b)
        : Vector256.IsHardwareAccelerated ? new PackedOperand<MicroKernel256>(b)
        : new PackedOperand<MicroKernel128>(b);

    /// <summary>Computes <c>C += alpha op(A) B</c> for neighbouring columns of B.</summary>
    /// <param name="a">op(A) is m by k.</param>
    /// <param name="firstColumn">The column of B that belongs to the first of C.</param>
    /// <param name="c">m by at most n; overlaps neither operand.</param>
    /// <param name="alpha">The factor of the product.</param>
    public abstract void AddProduct(in GemmOperand a, long firstColumn, GemmResult c, float alpha);
}
