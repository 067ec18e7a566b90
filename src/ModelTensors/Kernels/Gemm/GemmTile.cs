using System.Numerics;

namespace ModelTensors.Kernels;

/// <summary>Tiles of accumulators that lie beside C: those that its edges cut, and those that alpha and beta are still to be applied to.</summary>
/// <remarks>Invariant that makes the pointers right: the tile holds a full one, and <c>rows</c> by <c>columns</c> of it lie inside C.</remarks>
internal static unsafe class GemmTile<TKernel>
    where TKernel : struct, IMicroKernel
{
    /// <summary>Computes the first rows of a tile: <c>tile = start + sum over k of a[k] b[k]</c>, with start 0 where it is null.</summary>
    public static void Multiply(float* a, float* b, nint depth, int rows, float* start, nint startStride, float* tile)
    {
        // Two narrow kernels cost no more than the wide one; three would.
        if (rows > 2 * TKernel.NarrowRows)
        {
            TKernel.Multiply(a, b, depth, start, startStride, tile, TKernel.Columns);
            return;
        }

        for (int row = 0; row < rows; row += TKernel.NarrowRows)
        {
            float* from = start == null ? null : start + (row * startStride);
            TKernel.MultiplyNarrow(a + row, b, depth, from, startStride, tile + (row * TKernel.Columns), TKernel.Columns);
        }
    }

    /// <summary>Applies alpha and beta to a tile of accumulators; lane by lane, so the vector and scalar parts give the same bits.</summary>
    public static void Finish(float* tile, float alpha, float beta, float* result, nint resultStride, int rows, int columns)
    {
        Vector<float> alphas = new(alpha);
        Vector<float> betas = new(beta);
        for (int row = 0; row < rows; row++)
        {
            int column = 0;
            for (; column <= columns - Vector<float>.Count; column += Vector<float>.Count)
            {
                Vector<float> value = alphas * Vector.Load(tile + column);
                if (beta != 0)
                {
                    value = Vector.FusedMultiplyAdd(betas, Vector.Load(result + column), value);
                }

                value.Store(result + column);
            }

            for (; column < columns; column++)
            {
                float value = alpha * tile[column];
                result[column] = beta == 0 ? value : MathF.FusedMultiplyAdd(beta, result[column], value);
            }

            tile += TKernel.Columns;
            result += resultStride;
        }
    }
}
