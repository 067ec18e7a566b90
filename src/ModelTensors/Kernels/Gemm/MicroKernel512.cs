using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Tiles of 12 by 32 for 512-bit vectors.</summary>
/// <remarks>
/// 24 accumulators, two vectors of B and one broadcast element of A take 27 of the 32 registers: separate locals, because the compiler
/// keeps an array in memory. For each k there are 24 multiply-adds and 14 loads, so two multiply-adds a cycle are the limit, not the loads.
/// Invariant that makes the pointers right: the caller hands whole panels and whole tiles (padded at the edges of a matrix), so every
/// access below lies inside <c>depth * TileRows</c>, <c>depth * TileColumns</c> or a full tile.
/// </remarks>
internal readonly unsafe struct MicroKernel512 : IMicroKernel
{
    private const int TileRows = 12;
    private const int TileColumns = 32;

    public static int Rows => TileRows;

    public static int Columns => TileColumns;

    public static int NarrowRows => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride)
    {
        Vector512<float> c0a = Vector512<float>.Zero, c0b = Vector512<float>.Zero;
        Vector512<float> c1a = Vector512<float>.Zero, c1b = Vector512<float>.Zero;
        Vector512<float> c2a = Vector512<float>.Zero, c2b = Vector512<float>.Zero;
        Vector512<float> c3a = Vector512<float>.Zero, c3b = Vector512<float>.Zero;
        Vector512<float> c4a = Vector512<float>.Zero, c4b = Vector512<float>.Zero;
        Vector512<float> c5a = Vector512<float>.Zero, c5b = Vector512<float>.Zero;
        Vector512<float> c6a = Vector512<float>.Zero, c6b = Vector512<float>.Zero;
        Vector512<float> c7a = Vector512<float>.Zero, c7b = Vector512<float>.Zero;
        Vector512<float> c8a = Vector512<float>.Zero, c8b = Vector512<float>.Zero;
        Vector512<float> c9a = Vector512<float>.Zero, c9b = Vector512<float>.Zero;
        Vector512<float> c10a = Vector512<float>.Zero, c10b = Vector512<float>.Zero;
        Vector512<float> c11a = Vector512<float>.Zero, c11b = Vector512<float>.Zero;
        if (start != null)
        {
            c0a = Vector512.Load(start);
            c0b = Vector512.Load(start + 16);
            c1a = Vector512.Load(start + startStride);
            c1b = Vector512.Load(start + startStride + 16);
            c2a = Vector512.Load(start + (2 * startStride));
            c2b = Vector512.Load(start + (2 * startStride) + 16);
            c3a = Vector512.Load(start + (3 * startStride));
            c3b = Vector512.Load(start + (3 * startStride) + 16);
            c4a = Vector512.Load(start + (4 * startStride));
            c4b = Vector512.Load(start + (4 * startStride) + 16);
            c5a = Vector512.Load(start + (5 * startStride));
            c5b = Vector512.Load(start + (5 * startStride) + 16);
            c6a = Vector512.Load(start + (6 * startStride));
            c6b = Vector512.Load(start + (6 * startStride) + 16);
            c7a = Vector512.Load(start + (7 * startStride));
            c7b = Vector512.Load(start + (7 * startStride) + 16);
            c8a = Vector512.Load(start + (8 * startStride));
            c8b = Vector512.Load(start + (8 * startStride) + 16);
            c9a = Vector512.Load(start + (9 * startStride));
            c9b = Vector512.Load(start + (9 * startStride) + 16);
            c10a = Vector512.Load(start + (10 * startStride));
            c10b = Vector512.Load(start + (10 * startStride) + 16);
            c11a = Vector512.Load(start + (11 * startStride));
            c11b = Vector512.Load(start + (11 * startStride) + 16);
        }

        for (; depth > 0; depth--)
        {
            Vector512<float> b0 = Vector512.Load(b);
            Vector512<float> b1 = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0a = Vector512.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector512.FusedMultiplyAdd(a0, b1, c0b);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1a = Vector512.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector512.FusedMultiplyAdd(a1, b1, c1b);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2a = Vector512.FusedMultiplyAdd(a2, b0, c2a);
            c2b = Vector512.FusedMultiplyAdd(a2, b1, c2b);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c3a = Vector512.FusedMultiplyAdd(a3, b0, c3a);
            c3b = Vector512.FusedMultiplyAdd(a3, b1, c3b);
            Vector512<float> a4 = Vector512.Create(a[4]);
            c4a = Vector512.FusedMultiplyAdd(a4, b0, c4a);
            c4b = Vector512.FusedMultiplyAdd(a4, b1, c4b);
            Vector512<float> a5 = Vector512.Create(a[5]);
            c5a = Vector512.FusedMultiplyAdd(a5, b0, c5a);
            c5b = Vector512.FusedMultiplyAdd(a5, b1, c5b);
            Vector512<float> a6 = Vector512.Create(a[6]);
            c6a = Vector512.FusedMultiplyAdd(a6, b0, c6a);
            c6b = Vector512.FusedMultiplyAdd(a6, b1, c6b);
            Vector512<float> a7 = Vector512.Create(a[7]);
            c7a = Vector512.FusedMultiplyAdd(a7, b0, c7a);
            c7b = Vector512.FusedMultiplyAdd(a7, b1, c7b);
            Vector512<float> a8 = Vector512.Create(a[8]);
            c8a = Vector512.FusedMultiplyAdd(a8, b0, c8a);
            c8b = Vector512.FusedMultiplyAdd(a8, b1, c8b);
            Vector512<float> a9 = Vector512.Create(a[9]);
            c9a = Vector512.FusedMultiplyAdd(a9, b0, c9a);
            c9b = Vector512.FusedMultiplyAdd(a9, b1, c9b);
            Vector512<float> a10 = Vector512.Create(a[10]);
            c10a = Vector512.FusedMultiplyAdd(a10, b0, c10a);
            c10b = Vector512.FusedMultiplyAdd(a10, b1, c10b);
            Vector512<float> a11 = Vector512.Create(a[11]);
            c11a = Vector512.FusedMultiplyAdd(a11, b0, c11a);
            c11b = Vector512.FusedMultiplyAdd(a11, b1, c11b);
            a += TileRows;
            b += TileColumns;
        }

        c0a.Store(result);
        c0b.Store(result + 16);
        c1a.Store(result + resultStride);
        c1b.Store(result + resultStride + 16);
        c2a.Store(result + (2 * resultStride));
        c2b.Store(result + (2 * resultStride) + 16);
        c3a.Store(result + (3 * resultStride));
        c3b.Store(result + (3 * resultStride) + 16);
        c4a.Store(result + (4 * resultStride));
        c4b.Store(result + (4 * resultStride) + 16);
        c5a.Store(result + (5 * resultStride));
        c5b.Store(result + (5 * resultStride) + 16);
        c6a.Store(result + (6 * resultStride));
        c6b.Store(result + (6 * resultStride) + 16);
        c7a.Store(result + (7 * resultStride));
        c7b.Store(result + (7 * resultStride) + 16);
        c8a.Store(result + (8 * resultStride));
        c8b.Store(result + (8 * resultStride) + 16);
        c9a.Store(result + (9 * resultStride));
        c9b.Store(result + (9 * resultStride) + 16);
        c10a.Store(result + (10 * resultStride));
        c10b.Store(result + (10 * resultStride) + 16);
        c11a.Store(result + (11 * resultStride));
        c11b.Store(result + (11 * resultStride) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyNarrow(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride)
    {
        Vector512<float> c0a = Vector512<float>.Zero, c0b = Vector512<float>.Zero;
        Vector512<float> c1a = Vector512<float>.Zero, c1b = Vector512<float>.Zero;
        Vector512<float> c2a = Vector512<float>.Zero, c2b = Vector512<float>.Zero;
        Vector512<float> c3a = Vector512<float>.Zero, c3b = Vector512<float>.Zero;
        if (start != null)
        {
            c0a = Vector512.Load(start);
            c0b = Vector512.Load(start + 16);
            c1a = Vector512.Load(start + startStride);
            c1b = Vector512.Load(start + startStride + 16);
            c2a = Vector512.Load(start + (2 * startStride));
            c2b = Vector512.Load(start + (2 * startStride) + 16);
            c3a = Vector512.Load(start + (3 * startStride));
            c3b = Vector512.Load(start + (3 * startStride) + 16);
        }

        for (; depth > 0; depth--)
        {
            Vector512<float> b0 = Vector512.Load(b);
            Vector512<float> b1 = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0a = Vector512.FusedMultiplyAdd(a0, b0, c0a);
            c0b = Vector512.FusedMultiplyAdd(a0, b1, c0b);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1a = Vector512.FusedMultiplyAdd(a1, b0, c1a);
            c1b = Vector512.FusedMultiplyAdd(a1, b1, c1b);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2a = Vector512.FusedMultiplyAdd(a2, b0, c2a);
            c2b = Vector512.FusedMultiplyAdd(a2, b1, c2b);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c3a = Vector512.FusedMultiplyAdd(a3, b0, c3a);
            c3b = Vector512.FusedMultiplyAdd(a3, b1, c3b);
            a += TileRows;
            b += TileColumns;
        }

        c0a.Store(result);
        c0b.Store(result + 16);
        c1a.Store(result + resultStride);
        c1b.Store(result + resultStride + 16);
        c2a.Store(result + (2 * resultStride));
        c2b.Store(result + (2 * resultStride) + 16);
        c3a.Store(result + (3 * resultStride));
        c3b.Store(result + (3 * resultStride) + 16);
    }
}
