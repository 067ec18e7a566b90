using System.Buffers;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>One product: blocks of C that threads take one after the other.</summary>
/// <remarks>
/// Blocks share nothing, each packs what it needs: no thread ever waits for another, at the price of packing A once for each column of
/// blocks and B once for each row of blocks.
/// </remarks>
internal sealed unsafe class GemmJob<TKernel>(GemmOperand a, GemmOperand b, GemmResult c, float alpha, float beta, int threads)
    where TKernel : struct, IMicroKernel
{
    private const int CacheLine = 64;

    private readonly long _depth = a.OuterColumns;
    private readonly GemmBlocking _blocking =
        GemmBlocking.Choose(c.Rows, c.Columns, a.OuterColumns, threads, TKernel.Rows, TKernel.Columns);

    // The raw accumulators can wait in C itself, unless C is still needed.
    private readonly bool _accumulatesInC = beta == 0 || a.OuterColumns <= GemmBlocking.MaximumDepth;
    private readonly bool _storesRaw = alpha == 1 && beta == 0;
    private long _nextBlock;

    public void Run(CancellationToken cancellationToken)
    {
        long blocks = GemmBlocking.DivideUp(c.Rows, _blocking.BlockRows) * GemmBlocking.DivideUp(c.Columns, _blocking.BlockColumns);
        int workers = (int)Math.Min(threads, blocks);
        if (workers == 1)
        {
            Work(blocks, cancellationToken);
        }
        else
        {
            // The token is not handed to the loop: workers stop by themselves, and the caller sees one exception.
            ParallelOptions options = new() { MaxDegreeOfParallelism = workers };
            Parallel.For(0, workers, options, _ => Work(blocks, cancellationToken));
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Work(long blocks, CancellationToken cancellationToken)
    {
        int packedA = _blocking.PackedRows * _blocking.Depth;
        int packedB = _blocking.BlockColumns * _blocking.Depth;
        int tile = TKernel.Rows * TKernel.Columns;
        int accumulators = _accumulatesInC ? 0 : _blocking.BlockRows * _blocking.BlockColumns;

        // Packed B comes first, on a cache line: its vectors never straddle two. Elements of A are broadcast one by one and need no alignment.
        float[] rented = ArrayPool<float>.Shared.Rent(packedB + tile + accumulators + packedA + (CacheLine / sizeof(float)));
        try
        {
            fixed (float* start = rented)
            {
                float* aligned = (float*)(((nuint)start + CacheLine - 1) & ~(nuint)(CacheLine - 1));
                Workspace workspace = new(aligned, packedB, tile, accumulators);
                for (long block = Interlocked.Increment(ref _nextBlock) - 1;
                     block < blocks && !cancellationToken.IsCancellationRequested;
                     block = Interlocked.Increment(ref _nextBlock) - 1)
                {
                    ComputeBlock(block, workspace, cancellationToken);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private void ComputeBlock(long block, in Workspace workspace, CancellationToken cancellationToken)
    {
        long rowBlocks = GemmBlocking.DivideUp(c.Rows, _blocking.BlockRows);
        long firstRow = block % rowBlocks * _blocking.BlockRows;
        long firstColumn = block / rowBlocks * _blocking.BlockColumns;
        int rows = (int)Math.Min(_blocking.BlockRows, c.Rows - firstRow);
        int columns = (int)Math.Min(_blocking.BlockColumns, c.Columns - firstColumn);
        float* result = c.Data + (firstRow * c.Stride) + firstColumn;

        // The loop runs once for k = 0: zero accumulators meet alpha and beta like any others.
        long firstDepth = 0;
        do
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            int depth = (int)Math.Min(_blocking.Depth, _depth - firstDepth);
            bool isLast = firstDepth + depth == _depth;
            Pack(b, firstColumn, firstDepth, columns, depth, alongRows: b.Transposed, TKernel.Columns, workspace.PackedB);
            for (int row = 0; row < rows; row += _blocking.PackedRows)
            {
                int packedRows = Math.Min(_blocking.PackedRows, rows - row);
                Pack(a, firstRow + row, firstDepth, packedRows, depth, alongRows: !a.Transposed, TKernel.Rows, workspace.PackedA);
                Slice slice = new(packedRows, columns, depth, firstDepth == 0, isLast);
                float* target = result + (row * (nint)c.Stride);
                if (_accumulatesInC)
                {
                    ComputeSlice(slice, workspace, target, (nint)c.Stride, target);
                }
                else
                {
                    float* accumulators = workspace.Accumulators + ((nint)row * _blocking.BlockColumns);
                    ComputeSlice(slice, workspace, accumulators, _blocking.BlockColumns, target);
                }
            }

            firstDepth += depth;
        }
        while (firstDepth < _depth);
    }

    private static void Pack(in GemmOperand operand, long line, long depth, int lines, int depths, bool alongRows, int width, float* destination)
    {
        // Lines are rows of op(A) or columns of op(B); where they are stored rows, k is contiguous.
        nint element = alongRows ? (nint)((line * operand.Stride) + depth) : (nint)((depth * operand.Stride) + line);
        byte* source = operand.Data + (element * operand.Type.Size);
        PanelPacker.Pack(source, operand.Type, (nint)operand.Stride, alongRows, lines, depths, width, destination);
    }

    /// <summary>Multiplies packed A by packed B, tile by tile.</summary>
    private void ComputeSlice(in Slice slice, in Workspace workspace, float* accumulators, nint accumulatorStride, float* result)
    {
        if (slice.Columns * slice.Depth <= GemmBlocking.ResidentFloats)
        {
            // All of packed B is in the second-level cache anyway: walk along the rows of C, whose lines are then written in order.
            for (int row = 0; row < slice.Rows; row += TKernel.Rows)
            {
                for (int column = 0; column < slice.Columns; column += TKernel.Columns)
                {
                    ComputeTile(slice, workspace, row, column, accumulators, accumulatorStride, result);
                }
            }
        }
        else
        {
            // One panel of B stays in the first-level cache while the panels of A, in the second, pass by.
            for (int column = 0; column < slice.Columns; column += TKernel.Columns)
            {
                for (int row = 0; row < slice.Rows; row += TKernel.Rows)
                {
                    ComputeTile(slice, workspace, row, column, accumulators, accumulatorStride, result);
                }
            }
        }
    }

    /// <summary>Computes one tile, whole or cut by the edge of the slice.</summary>
    /// <remarks>
    /// Invariant that makes the pointers right: a full tile lies inside C or the accumulators, because it starts at a tile's corner and
    /// ends before <c>rows</c> and <c>columns</c>; every other tile goes through <see cref="Workspace.Tile"/>, which holds a full one.
    /// </remarks>
    private void ComputeTile(
        in Slice slice, in Workspace workspace, int row, int column, float* accumulators, nint accumulatorStride, float* result)
    {
        int rows = Math.Min(TKernel.Rows, slice.Rows - row);
        int columns = Math.Min(TKernel.Columns, slice.Columns - column);
        float* panelA = workspace.PackedA + ((nint)row * slice.Depth);
        float* panelB = workspace.PackedB + ((nint)column * slice.Depth);
        float* target = accumulators + (row * accumulatorStride) + column;
        float* tile = workspace.Tile;
        bool finishes = slice.IsLast && !_storesRaw;
        bool isFull = rows == TKernel.Rows && columns == TKernel.Columns;
        if (isFull && !finishes)
        {
            Prefetch(target + (TKernel.Rows * accumulatorStride), accumulatorStride);
            TKernel.Multiply(panelA, panelB, slice.Depth, slice.IsFirst ? null : target, accumulatorStride, target, accumulatorStride);
            return;
        }

        float* start = slice.IsFirst ? null : target;
        nint startStride = accumulatorStride;
        if (start != null && !isFull)
        {
            Copy(target, accumulatorStride, tile, TKernel.Columns, rows, columns);
            start = tile;
            startStride = TKernel.Columns;
        }

        GemmTile<TKernel>.Multiply(panelA, panelB, slice.Depth, rows, start, startStride, tile);
        if (finishes)
        {
            GemmTile<TKernel>.Finish(tile, alpha, beta, result + (row * (nint)c.Stride) + column, (nint)c.Stride, rows, columns);
        }
        else
        {
            Copy(tile, TKernel.Columns, target, accumulatorStride, rows, columns);
        }
    }

    /// <summary>Asks for the tile below, which comes next in a deep product: its rows lie on different pages, so the hardware does not.</summary>
    /// <remarks>A prefetch never faults, so that the tile may lie past the end.</remarks>
    private static void Prefetch(float* tile, nint stride)
    {
        if (Sse.IsSupported)
        {
            for (int row = 0; row < TKernel.Rows; row++)
            {
                for (int column = 0; column < TKernel.Columns; column += CacheLine / sizeof(float))
                {
                    Sse.Prefetch0(tile + (row * stride) + column);
                }
            }
        }
    }

    private static void Copy(float* source, nint sourceStride, float* destination, nint destinationStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(destination, columns));
            source += sourceStride;
            destination += destinationStride;
        }
    }

    /// <summary>One slice of a block: packed rows of A times packed columns of B over some k.</summary>
    private readonly record struct Slice(int Rows, int Columns, int Depth, bool IsFirst, bool IsLast);

    /// <summary>The parts of a worker's rented memory, one after the other; their lengths are those that <see cref="Work"/> rents.</summary>
    private readonly struct Workspace(float* start, int packedB, int tile, int accumulators)
    {
        public float* PackedB { get; } = start;

        public float* Tile { get; } = start + packedB;

        public float* Accumulators { get; } = start + packedB + tile;

        public float* PackedA { get; } = start + packedB + tile + accumulators;
    }
}
