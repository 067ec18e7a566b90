using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Tiles of 8 by 16 doubles for 512-bit vectors.</summary>
/// <remarks>
/// 16 accumulators, two vectors of B and one broadcast element of A: separate locals, because the compiler keeps an array in memory.
/// Invariant that makes the pointers right: the caller hands whole panels and sums with room for whole tiles, so every access below lies inside
/// <c>depth</c> rows of a panel or a full tile.
/// </remarks>
internal readonly unsafe struct DoubleKernel512 : IDoubleKernel
{
    public static int Rows => 8;

    public static int Columns => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProduct(double* a, double* b, nint depth, double* sums, nint stride)
    {
        Vector512<double> c0a = Vector512<double>.Zero, c0b = Vector512<double>.Zero;
        Vector512<double> c1a = Vector512<double>.Zero, c1b = Vector512<double>.Zero;
        Vector512<double> c2a = Vector512<double>.Zero, c2b = Vector512<double>.Zero;
        Vector512<double> c3a = Vector512<double>.Zero, c3b = Vector512<double>.Zero;
        Vector512<double> c4a = Vector512<double>.Zero, c4b = Vector512<double>.Zero;
        Vector512<double> c5a = Vector512<double>.Zero, c5b = Vector512<double>.Zero;
        Vector512<double> c6a = Vector512<double>.Zero, c6b = Vector512<double>.Zero;
        Vector512<double> c7a = Vector512<double>.Zero, c7b = Vector512<double>.Zero;
        for (; depth > 0; depth--)
        {
            Vector512<double> b0 = Vector512.Load(b);
            Vector512<double> b1 = Vector512.Load(b + 8);
            Vector512<double> a0 = Vector512.Create(a[0]);
            c0a = Vector512.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector512.FusedMultiplyAdd(a0, b1, c0b);
            Vector512<double> a1 = Vector512.Create(a[1]);
            c1a = Vector512.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector512.FusedMultiplyAdd(a1, b1, c1b);
            Vector512<double> a2 = Vector512.Create(a[2]);
            c2a = Vector512.FusedMultiplyAdd(a2, b0, c2a);
            c2b = Vector512.FusedMultiplyAdd(a2, b1, c2b);
            Vector512<double> a3 = Vector512.Create(a[3]);
            c3a = Vector512.FusedMultiplyAdd(a3, b0, c3a);
            c3b = Vector512.FusedMultiplyAdd(a3, b1, c3b);
            Vector512<double> a4 = Vector512.Create(a[4]);
            c4a = Vector512.FusedMultiplyAdd(a4, b0, c4a);
            c4b = Vector512.FusedMultiplyAdd(a4, b1, c4b);
            Vector512<double> a5 = Vector512.Create(a[5]);
            c5a = Vector512.FusedMultiplyAdd(a5, b0, c5a);
            c5b = Vector512.FusedMultiplyAdd(a5, b1, c5b);
            Vector512<double> a6 = Vector512.Create(a[6]);
            c6a = Vector512.FusedMultiplyAdd(a6, b0, c6a);
            c6b = Vector512.FusedMultiplyAdd(a6, b1, c6b);
            Vector512<double> a7 = Vector512.Create(a[7]);
            c7a = Vector512.FusedMultiplyAdd(a7, b0, c7a);
            c7b = Vector512.FusedMultiplyAdd(a7, b1, c7b);
            a += DoublePanels.Width;
            b += DoublePanels.Width;
        }

        Add(sums, c0a, c0b);
        Add(sums + stride, c1a, c1b);
        Add(sums + (2 * stride), c2a, c2b);
        Add(sums + (3 * stride), c3a, c3b);
        Add(sums + (4 * stride), c4a, c4b);
        Add(sums + (5 * stride), c5a, c5b);
        Add(sums + (6 * stride), c6a, c6b);
        Add(sums + (7 * stride), c7a, c7b);
    }

    public static void Widen(float* source, double* destination, nint count)
    {
        for (nint i = 0; i < count; i += DoublePanels.Width)
        {
            DoubleLanes512.Store(DoubleLanes512.LoadSingles(source + i), destination + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* sums, Vector512<double> first, Vector512<double> second)
    {
        (Vector512.Load(sums) + first).Store(sums);
        (Vector512.Load(sums + 8) + second).Store(sums + 8);
    }
}
