using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Tiles of 8 by 8 for 128-bit vectors, and for no vectors at all.</summary>
/// <remarks>
/// 16 accumulators, two vectors of B and one broadcast element of A: fits the 32 registers of Arm64. Where the processor does not fuse,
/// <c>FusedMultiplyAdd</c> falls back to the exact scalar function: slow, with the same bits.
/// Invariant that makes the pointers right: the caller hands whole panels and whole tiles (padded at the edges of a matrix), so every
/// access below lies inside <c>depth * TileRows</c>, <c>depth * TileColumns</c> or a full tile.
/// </remarks>
internal readonly unsafe struct MicroKernel128 : IMicroKernel
{
    private const int TileRows = 8;
    private const int TileColumns = 8;

    public static int Rows => TileRows;

    public static int Columns => TileColumns;

    public static int NarrowRows => 2;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride)
    {
        Vector128<float> c0a = Vector128<float>.Zero, c0b = Vector128<float>.Zero;
        Vector128<float> c1a = Vector128<float>.Zero, c1b = Vector128<float>.Zero;
        Vector128<float> c2a = Vector128<float>.Zero, c2b = Vector128<float>.Zero;
        Vector128<float> c3a = Vector128<float>.Zero, c3b = Vector128<float>.Zero;
        Vector128<float> c4a = Vector128<float>.Zero, c4b = Vector128<float>.Zero;
        Vector128<float> c5a = Vector128<float>.Zero, c5b = Vector128<float>.Zero;
        Vector128<float> c6a = Vector128<float>.Zero, c6b = Vector128<float>.Zero;
        Vector128<float> c7a = Vector128<float>.Zero, c7b = Vector128<float>.Zero;
        if (start != null)
        {
            c0a = Vector128.Load(start);
            c0b = Vector128.Load(start + 4);
            c1a = Vector128.Load(start + startStride);
            c1b = Vector128.Load(start + startStride + 4);
            c2a = Vector128.Load(start + (2 * startStride));
            c2b = Vector128.Load(start + (2 * startStride) + 4);
            c3a = Vector128.Load(start + (3 * startStride));
            c3b = Vector128.Load(start + (3 * startStride) + 4);
            c4a = Vector128.Load(start + (4 * startStride));
            c4b = Vector128.Load(start + (4 * startStride) + 4);
            c5a = Vector128.Load(start + (5 * startStride));
            c5b = Vector128.Load(start + (5 * startStride) + 4);
            c6a = Vector128.Load(start + (6 * startStride));
            c6b = Vector128.Load(start + (6 * startStride) + 4);
            c7a = Vector128.Load(start + (7 * startStride));
            c7b = Vector128.Load(start + (7 * startStride) + 4);
        }

        for (; depth > 0; depth--)
        {
            Vector128<float> b0 = Vector128.Load(b);
            Vector128<float> b1 = Vector128.Load(b + 4);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0a = Vector128.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector128.FusedMultiplyAdd(a0, b1, c0b);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c1a = Vector128.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector128.FusedMultiplyAdd(a1, b1, c1b);
            Vector128<float> a2 = Vector128.Create(a[2]);
            c2a = Vector128.FusedMultiplyAdd(a2, b0, c2a);
            c2b = Vector128.FusedMultiplyAdd(a2, b1, c2b);
            Vector128<float> a3 = Vector128.Create(a[3]);
            c3a = Vector128.FusedMultiplyAdd(a3, b0, c3a);
            c3b = Vector128.FusedMultiplyAdd(a3, b1, c3b);
            Vector128<float> a4 = Vector128.Create(a[4]);
            c4a = Vector128.FusedMultiplyAdd(a4, b0, c4a);
            c4b = Vector128.FusedMultiplyAdd(a4, b1, c4b);
            Vector128<float> a5 = Vector128.Create(a[5]);
            c5a = Vector128.FusedMultiplyAdd(a5, b0, c5a);
            c5b = Vector128.FusedMultiplyAdd(a5, b1, c5b);
            Vector128<float> a6 = Vector128.Create(a[6]);
            c6a = Vector128.FusedMultiplyAdd(a6, b0, c6a);
            c6b = Vector128.FusedMultiplyAdd(a6, b1, c6b);
            Vector128<float> a7 = Vector128.Create(a[7]);
            c7a = Vector128.FusedMultiplyAdd(a7, b0, c7a);
            c7b = Vector128.FusedMultiplyAdd(a7, b1, c7b);
            a += TileRows;
            b += TileColumns;
        }

        c0a.Store(result);
        c0b.Store(result + 4);
        c1a.Store(result + resultStride);
        c1b.Store(result + resultStride + 4);
        c2a.Store(result + (2 * resultStride));
        c2b.Store(result + (2 * resultStride) + 4);
        c3a.Store(result + (3 * resultStride));
        c3b.Store(result + (3 * resultStride) + 4);
        c4a.Store(result + (4 * resultStride));
        c4b.Store(result + (4 * resultStride) + 4);
        c5a.Store(result + (5 * resultStride));
        c5b.Store(result + (5 * resultStride) + 4);
        c6a.Store(result + (6 * resultStride));
        c6b.Store(result + (6 * resultStride) + 4);
        c7a.Store(result + (7 * resultStride));
        c7b.Store(result + (7 * resultStride) + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyNarrow(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride)
    {
        Vector128<float> c0a = Vector128<float>.Zero, c0b = Vector128<float>.Zero;
        Vector128<float> c1a = Vector128<float>.Zero, c1b = Vector128<float>.Zero;
        if (start != null)
        {
            c0a = Vector128.Load(start);
            c0b = Vector128.Load(start + 4);
            c1a = Vector128.Load(start + startStride);
            c1b = Vector128.Load(start + startStride + 4);
        }

        for (; depth > 0; depth--)
        {
            Vector128<float> b0 = Vector128.Load(b);
            Vector128<float> b1 = Vector128.Load(b + 4);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0a = Vector128.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector128.FusedMultiplyAdd(a0, b1, c0b);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c1a = Vector128.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector128.FusedMultiplyAdd(a1, b1, c1b);
            a += TileRows;
            b += TileColumns;
        }

        c0a.Store(result);
        c0b.Store(result + 4);
        c1a.Store(result + resultStride);
        c1b.Store(result + resultStride + 4);
    }
}
