using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Tiles of 4 by 4 doubles for 128-bit vectors, and for no vectors at all.</summary>
/// <remarks>
/// 8 accumulators, two vectors of B and one broadcast element of A fit the 16 registers. Where the processor does not fuse, <c>FusedMultiplyAdd</c> falls
/// back to the exact scalar function: slow, with the same bits.
/// Invariant that makes the pointers right: the caller hands whole panels and sums with room for whole tiles, so every access below lies inside
/// <c>depth</c> rows of a panel or a full tile.
/// </remarks>
internal readonly unsafe struct DoubleKernel128 : IDoubleKernel
{
    public static int Rows => 4;

    public static int Columns => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProduct(double* a, double* b, nint depth, double* sums, nint stride)
    {
        Vector128<double> c0a = Vector128<double>.Zero, c0b = Vector128<double>.Zero;
        Vector128<double> c1a = Vector128<double>.Zero, c1b = Vector128<double>.Zero;
        Vector128<double> c2a = Vector128<double>.Zero, c2b = Vector128<double>.Zero;
        Vector128<double> c3a = Vector128<double>.Zero, c3b = Vector128<double>.Zero;
        for (; depth > 0; depth--)
        {
            Vector128<double> b0 = Vector128.Load(b);
            Vector128<double> b1 = Vector128.Load(b + 2);
            Vector128<double> a0 = Vector128.Create(a[0]);
            c0a = Vector128.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector128.FusedMultiplyAdd(a0, b1, c0b);
            Vector128<double> a1 = Vector128.Create(a[1]);
            c1a = Vector128.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector128.FusedMultiplyAdd(a1, b1, c1b);
            Vector128<double> a2 = Vector128.Create(a[2]);
            c2a = Vector128.FusedMultiplyAdd(a2, b0, c2a);
            c2b = Vector128.FusedMultiplyAdd(a2, b1, c2b);
            Vector128<double> a3 = Vector128.Create(a[3]);
            c3a = Vector128.FusedMultiplyAdd(a3, b0, c3a);
            c3b = Vector128.FusedMultiplyAdd(a3, b1, c3b);
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
            DoubleLanes128.Store(DoubleLanes128.LoadSingles(source + i), destination + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* sums, Vector128<double> first, Vector128<double> second)
    {
        (Vector128.Load(sums) + first).Store(sums);
        (Vector128.Load(sums + 2) + second).Store(sums + 2);
    }
}
