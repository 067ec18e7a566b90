using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Tiles of 4 by 8 doubles for 256-bit vectors.</summary>
/// <remarks>
/// 8 accumulators, two vectors of B and one broadcast element of A fit the 16 registers.
/// Invariant that makes the pointers right: the caller hands whole panels and sums with room for whole tiles, so every access below lies inside
/// <c>depth</c> rows of a panel or a full tile.
/// </remarks>
internal readonly unsafe struct DoubleKernel256 : IDoubleKernel
{
    public static int Rows => 4;

    public static int Columns => 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProduct(double* a, double* b, nint depth, double* sums, nint stride)
    {
        Vector256<double> c0a = Vector256<double>.Zero, c0b = Vector256<double>.Zero;
        Vector256<double> c1a = Vector256<double>.Zero, c1b = Vector256<double>.Zero;
        Vector256<double> c2a = Vector256<double>.Zero, c2b = Vector256<double>.Zero;
        Vector256<double> c3a = Vector256<double>.Zero, c3b = Vector256<double>.Zero;
        for (; depth > 0; depth--)
        {
            Vector256<double> b0 = Vector256.Load(b);
            Vector256<double> b1 = Vector256.Load(b + 4);
            Vector256<double> a0 = Vector256.Create(a[0]);
            c0a = Vector256.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector256.FusedMultiplyAdd(a0, b1, c0b);
            Vector256<double> a1 = Vector256.Create(a[1]);
            c1a = Vector256.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector256.FusedMultiplyAdd(a1, b1, c1b);
            Vector256<double> a2 = Vector256.Create(a[2]);
            c2a = Vector256.FusedMultiplyAdd(a2, b0, c2a);
            c2b = Vector256.FusedMultiplyAdd(a2, b1, c2b);
            Vector256<double> a3 = Vector256.Create(a[3]);
            c3a = Vector256.FusedMultiplyAdd(a3, b0, c3a);
            c3b = Vector256.FusedMultiplyAdd(a3, b1, c3b);
            a += DoublePanels.Width;
            b += DoublePanels.Width;
        }

        Add(sums, c0a, c0b);
        Add(sums + stride, c1a, c1b);
        Add(sums + (2 * stride), c2a, c2b);
        Add(sums + (3 * stride), c3a, c3b);
    }

    public static void Widen(float* source, double* destination, nint count)
    {
        for (nint i = 0; i < count; i += DoublePanels.Width)
        {
            DoubleLanes256.Store(DoubleLanes256.LoadSingles(source + i), destination + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* sums, Vector256<double> first, Vector256<double> second)
    {
        (Vector256.Load(sums) + first).Store(sums);
        (Vector256.Load(sums + 4) + second).Store(sums + 4);
    }
}
