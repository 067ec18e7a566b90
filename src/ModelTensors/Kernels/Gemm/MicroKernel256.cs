using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Tiles of 6 by 16 for 256-bit vectors.</summary>
/// <remarks>
/// 12 accumulators, two vectors of B and one broadcast element of A take 15 of the 16 registers.
/// Invariant that makes the pointers right: the caller hands whole panels and whole tiles (padded at the edges of a matrix), so every
/// access below lies inside <c>depth * TileRows</c>, <c>depth * TileColumns</c> or a full tile.
/// </remarks>
internal readonly unsafe struct MicroKernel256 : IMicroKernel
{
    private const int TileRows = 6;
    private const int TileColumns = 16;

    public static int Rows => TileRows;

    public static int Columns => TileColumns;

    public static int NarrowRows => 2;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride)
    {
        Vector256<float> c0a = Vector256<float>.Zero, c0b = Vector256<float>.Zero;
        Vector256<float> c1a = Vector256<float>.Zero, c1b = Vector256<float>.Zero;
        Vector256<float> c2a = Vector256<float>.Zero, c2b = Vector256<float>.Zero;
        Vector256<float> c3a = Vector256<float>.Zero, c3b = Vector256<float>.Zero;
        Vector256<float> c4a = Vector256<float>.Zero, c4b = Vector256<float>.Zero;
        Vector256<float> c5a = Vector256<float>.Zero, c5b = Vector256<float>.Zero;
        if (start != null)
        {
            c0a = Vector256.Load(start);
            c0b = Vector256.Load(start + 8);
            c1a = Vector256.Load(start + startStride);
            c1b = Vector256.Load(start + startStride + 8);
            c2a = Vector256.Load(start + (2 * startStride));
            c2b = Vector256.Load(start + (2 * startStride) + 8);
            c3a = Vector256.Load(start + (3 * startStride));
            c3b = Vector256.Load(start + (3 * startStride) + 8);
            c4a = Vector256.Load(start + (4 * startStride));
            c4b = Vector256.Load(start + (4 * startStride) + 8);
            c5a = Vector256.Load(start + (5 * startStride));
            c5b = Vector256.Load(start + (5 * startStride) + 8);
        }

        for (; depth > 0; depth--)
        {
            Vector256<float> b0 = Vector256.Load(b);
            Vector256<float> b1 = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0a = Vector256.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector256.FusedMultiplyAdd(a0, b1, c0b);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1a = Vector256.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector256.FusedMultiplyAdd(a1, b1, c1b);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c2a = Vector256.FusedMultiplyAdd(a2, b0, c2a);
            c2b = Vector256.FusedMultiplyAdd(a2, b1, c2b);
            Vector256<float> a3 = Vector256.Create(a[3]);
            c3a = Vector256.FusedMultiplyAdd(a3, b0, c3a);
            c3b = Vector256.FusedMultiplyAdd(a3, b1, c3b);
            Vector256<float> a4 = Vector256.Create(a[4]);
            c4a = Vector256.FusedMultiplyAdd(a4, b0, c4a);
            c4b = Vector256.FusedMultiplyAdd(a4, b1, c4b);
            Vector256<float> a5 = Vector256.Create(a[5]);
            c5a = Vector256.FusedMultiplyAdd(a5, b0, c5a);
            c5b = Vector256.FusedMultiplyAdd(a5, b1, c5b);
            a += TileRows;
            b += TileColumns;
        }

        c0a.Store(result);
        c0b.Store(result + 8);
        c1a.Store(result + resultStride);
        c1b.Store(result + resultStride + 8);
        c2a.Store(result + (2 * resultStride));
        c2b.Store(result + (2 * resultStride) + 8);
        c3a.Store(result + (3 * resultStride));
        c3b.Store(result + (3 * resultStride) + 8);
        c4a.Store(result + (4 * resultStride));
        c4b.Store(result + (4 * resultStride) + 8);
        c5a.Store(result + (5 * resultStride));
        c5b.Store(result + (5 * resultStride) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyNarrow(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride)
    {
        Vector256<float> c0a = Vector256<float>.Zero, c0b = Vector256<float>.Zero;
        Vector256<float> c1a = Vector256<float>.Zero, c1b = Vector256<float>.Zero;
        if (start != null)
        {
            c0a = Vector256.Load(start);
            c0b = Vector256.Load(start + 8);
            c1a = Vector256.Load(start + startStride);
            c1b = Vector256.Load(start + startStride + 8);
        }

        for (; depth > 0; depth--)
        {
            Vector256<float> b0 = Vector256.Load(b);
            Vector256<float> b1 = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0a = Vector256.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector256.FusedMultiplyAdd(a0, b1, c0b);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1a = Vector256.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector256.FusedMultiplyAdd(a1, b1, c1b);
            a += TileRows;
            b += TileColumns;
        }

        c0a.Store(result);
        c0b.Store(result + 8);
        c1a.Store(result + resultStride);
        c1b.Store(result + resultStride + 8);
    }
}
