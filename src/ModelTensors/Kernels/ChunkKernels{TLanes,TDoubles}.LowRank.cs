using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>The product of small factors, added to a run of rows.</content>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles>
{
    // Four rows of two steps are eight chains, as many as two units of four cycles keep going.
    private const int TileRows = 4;
    private const int TileColumns = 2 * Step;

    // A strip of so many rows fits the first-level cache; copying it pays when as many rows of the result use it.
    private const int PackedRank = 128;
    private const int PackedRows = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddLowRank(float* left, float* right, long stride, int rank, float scale, float* values, long rows, long width)
    {
        // Two steps of columns at a time: that strip of Right serves all rows. Its rows lie a power of two apart in most models and would drive each
        // other from the cache, so the strip is copied together.
        bool isPacked = rank <= PackedRank && rows >= PackedRows;
        float* packed = stackalloc float[isPacked ? rank * TileColumns : 1];
        long column = 0;
        for (; column <= width - TileColumns; column += TileColumns)
        {
            float* strip = right + column;
            long distance = stride;
            if (isPacked)
            {
                Pack(strip, stride, rank, packed);
                strip = packed;
                distance = TileColumns;
            }

            long row = 0;
            for (; row <= rows - TileRows; row += TileRows)
            {
                AddTile(left + (row * rank), strip, distance, rank, scale, values + (row * stride) + column, stride);
            }

            for (; row < rows; row++)
            {
                AddRow(left + (row * rank), strip, distance, rank, scale, values + (row * stride) + column);
            }
        }

        // The last columns, one by one in the same order of k: the same bits as in a vector.
        for (; column < width; column++)
        {
            for (long row = 0; row < rows; row++)
            {
                float sum = 0;
                for (int k = 0; k < rank; k++)
                {
                    sum = MathF.FusedMultiplyAdd(left[(row * rank) + k], right[(k * stride) + column], sum);
                }

                float* value = values + (row * stride) + column;
                *value = MathF.FusedMultiplyAdd(scale, sum, *value);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(float* strip, long stride, int rank, float* packed)
    {
        for (int k = 0; k < rank; k++)
        {
            TLanes.Store(TLanes.Load(strip), packed);
            TLanes.Store(TLanes.Load(strip + Step), packed + Step);
            strip += stride;
            packed += TileColumns;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(float* left, float* right, long distance, int rank, float scale, float* values, long stride)
    {
        TLanes zero = TLanes.CreateBits(0);
        TLanes sum00 = zero, sum01 = zero, sum10 = zero, sum11 = zero, sum20 = zero, sum21 = zero, sum30 = zero, sum31 = zero;
        float* row1 = left + rank;
        float* row2 = row1 + rank;
        float* row3 = row2 + rank;
        for (int k = 0; k < rank; k++)
        {
            TLanes first = TLanes.Load(right);
            TLanes second = TLanes.Load(right + Step);
            TLanes factor = TLanes.Create(left[k]);
            sum00 = TLanes.FusedMultiplyAdd(factor, first, sum00);
            sum01 = TLanes.FusedMultiplyAdd(factor, second, sum01);
            factor = TLanes.Create(row1[k]);
            sum10 = TLanes.FusedMultiplyAdd(factor, first, sum10);
            sum11 = TLanes.FusedMultiplyAdd(factor, second, sum11);
            factor = TLanes.Create(row2[k]);
            sum20 = TLanes.FusedMultiplyAdd(factor, first, sum20);
            sum21 = TLanes.FusedMultiplyAdd(factor, second, sum21);
            factor = TLanes.Create(row3[k]);
            sum30 = TLanes.FusedMultiplyAdd(factor, first, sum30);
            sum31 = TLanes.FusedMultiplyAdd(factor, second, sum31);
            right += distance;
        }

        AddScaled(scale, sum00, sum01, values);
        AddScaled(scale, sum10, sum11, values + stride);
        AddScaled(scale, sum20, sum21, values + (2 * stride));
        AddScaled(scale, sum30, sum31, values + (3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRow(float* left, float* right, long distance, int rank, float scale, float* values)
    {
        TLanes sum0 = TLanes.CreateBits(0);
        TLanes sum1 = sum0;
        for (int k = 0; k < rank; k++)
        {
            TLanes factor = TLanes.Create(left[k]);
            sum0 = TLanes.FusedMultiplyAdd(factor, TLanes.Load(right), sum0);
            sum1 = TLanes.FusedMultiplyAdd(factor, TLanes.Load(right + Step), sum1);
            right += distance;
        }

        AddScaled(scale, sum0, sum1, values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled(float scale, TLanes sum0, TLanes sum1, float* values)
    {
        TLanes factor = TLanes.Create(scale);
        TLanes.Store(TLanes.FusedMultiplyAdd(factor, sum0, TLanes.Load(values)), values);
        TLanes.Store(TLanes.FusedMultiplyAdd(factor, sum1, TLanes.Load(values + Step)), values + Step);
    }
}
