namespace ModelTensors.Kernels;

/// <summary>How a product is cut: independent blocks of C, and the slices of one block. None of it changes a bit of the result.</summary>
internal readonly record struct GemmBlocking(int BlockRows, int BlockColumns, int PackedRows, int Depth)
{
    /// <summary>The depth of a slice: a B panel of 32 columns takes 48 KiB, an A panel of 12 rows 18 KiB.</summary>
    public const int MaximumDepth = 384;

    /// <summary>A packed slice of B up to this size (256 KiB) stays in a second-level cache whole.</summary>
    public const int ResidentFloats = 64 * 1024;

    // A packed slice of A (288 KiB) stays in a second-level cache while the B panels pass by.
    private const int MaximumPackedRows = 192;

    // The packed slice of B (1.5 MiB) is read once for each slice of A; the accumulators of a block, where they need scratch, take 4 MiB.
    private const int MaximumBlockRows = 1024;
    private const int MaximumBlockColumns = 1024;

    // Below these a block spends its time on packing.
    private const int MinimumBlockRows = 96;
    private const int MinimumBlockColumns = 128;

    // More blocks than threads, so that a thread that was held up does not hold up the rest.
    private const int BlocksPerThread = 2;

    /// <summary>Chooses blocks for an m by n result, m and n at least 1.</summary>
    public static GemmBlocking Choose(long m, long n, long k, int threads, int tileRows, int tileColumns)
    {
        long rowBlocks = DivideUp(m, MaximumBlockRows);
        long columnBlocks = DivideUp(n, MaximumBlockColumns);
        while (threads > 1 && rowBlocks * columnBlocks < (long)threads * BlocksPerThread)
        {
            long rows = DivideUp(m, rowBlocks);
            long columns = DivideUp(n, columnBlocks);
            bool canSplitRows = rows >= 2 * MinimumBlockRows;
            bool canSplitColumns = columns >= 2 * MinimumBlockColumns;
            if (canSplitRows && (rows >= columns || !canSplitColumns))
            {
                rowBlocks++;
            }
            else if (canSplitColumns)
            {
                columnBlocks++;
            }
            else
            {
                break;
            }
        }

        int blockRows = RoundUp((int)DivideUp(m, rowBlocks), tileRows);
        int packedRows = RoundUp((int)DivideUp(blockRows, DivideUp(blockRows, MaximumPackedRows)), tileRows);
        return new GemmBlocking(
            blockRows, RoundUp((int)DivideUp(n, columnBlocks), tileColumns), packedRows, (int)Math.Min(Math.Max(k, 1), MaximumDepth));
    }

    public static long DivideUp(long value, long divisor) => (value + divisor - 1) / divisor;

    public static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
