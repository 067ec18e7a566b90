using System.Buffers;

namespace ModelTensors.Kernels;

/// <summary>One product in double: blocks of C, each of which packs what it needs.</summary>
/// <param name="left">The rows of op(A).</param>
/// <param name="right">The columns of op(B).</param>
/// <param name="depth">The number of k.</param>
/// <param name="result">C.</param>
/// <param name="alpha">The factor of the product.</param>
/// <param name="beta">The factor of what C holds.</param>
internal sealed unsafe class DoubleGemmJob<TKernel>(DoubleLines left, DoubleLines right, long depth, DoubleResult result, double alpha, double beta) : DoubleWork
    where TKernel : struct, IDoubleKernel
{
    // Packed rows take 64 KiB, packed columns 256 KiB and the sums 128 KiB: they share a second-level cache.
    private const int BlockRows = 64;
    private const int BlockColumns = 256;

    public void Run(int threads, CancellationToken cancellationToken) => Run(checked((int)(RowBlocks * ColumnBlocks)), threads, cancellationToken);

    private long RowBlocks => GemmBlocking.DivideUp(result.Rows, BlockRows);

    private long ColumnBlocks => GemmBlocking.DivideUp(result.Columns, BlockColumns);

    protected override void Compute(int part, CancellationToken cancellationToken)
    {
        (long rowBlock, long columnBlock) = (part % RowBlocks, part / RowBlocks);
        long firstRow = rowBlock * BlockRows;
        long firstColumn = columnBlock * BlockColumns;
        int rows = (int)Math.Min(BlockRows, result.Rows - firstRow);
        int columns = (int)Math.Min(BlockColumns, result.Columns - firstColumn);
        int paddedRows = GemmBlocking.RoundUp(rows, DoublePanels.Width);
        int paddedColumns = GemmBlocking.RoundUp(columns, DoublePanels.Width);
        int sumCount = paddedRows * paddedColumns;
        double[] rented = ArrayPool<double>.Shared.Rent(WithAlignment(((paddedRows + paddedColumns) * DoublePanels.Depth) + sumCount));
        try
        {
            fixed (double* buffer = rented)
            {
                double* packedRows = Align(buffer);
                double* packedColumns = packedRows + (paddedRows * DoublePanels.Depth);
                double* sums = packedColumns + (paddedColumns * DoublePanels.Depth);
                new Span<double>(sums, sumCount).Clear();
                for (long k = 0; k < depth; k += DoublePanels.Depth)
                {
                    if (cancellationToken.IsCancellationRequested)
                    {
                        return;
                    }

                    int block = (int)Math.Min(DoublePanels.Depth, depth - k);
                    DoublePanels.Pack<TKernel>(left, firstRow, rows, k, block, packedRows);
                    DoublePanels.Pack<TKernel>(right, firstColumn, columns, k, block, packedColumns);
                    AddBlock(packedRows, rows, packedColumns, columns, block, sums, paddedColumns);
                }

                for (int row = 0; row < rows; row++)
                {
                    result.Write(firstRow + row, firstColumn, sums + (row * paddedColumns), columns, alpha, beta);
                }
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }

    /// <summary>Adds a block of k to the sums. Tiles cut by an edge are computed whole: panels and sums are padded to whole ones.</summary>
    private static void AddBlock(double* packedRows, int rows, double* packedColumns, int columns, int block, double* sums, int stride)
    {
        for (int column = 0; column < columns; column += TKernel.Columns)
        {
            double* b = packedColumns + Offset(column, block);
            for (int row = 0; row < rows; row += TKernel.Rows)
            {
                TKernel.AddProduct(packedRows + Offset(row, block), b, block, sums + (row * stride) + column, stride);
            }
        }
    }

    /// <summary>Where a line begins among panels.</summary>
    private static int Offset(int line, int block) => (line / DoublePanels.Width * DoublePanels.Width * block) + (line % DoublePanels.Width);
}
