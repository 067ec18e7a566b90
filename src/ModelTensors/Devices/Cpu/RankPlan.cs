using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>How rows are ranked in panels: as many workers, and as large panels and tiles, as the working memory allows.</summary>
/// <remarks>A panel is a run of consecutive rows, or where the elements of a row lie apart, neighbouring columns of one block.</remarks>
internal sealed class RankPlan
{
    // Two arrays to sort in, and a column gathered.
    private const int RowBytes = (2 * sizeof(ulong)) + sizeof(uint);
    private const int PanelElements = 1 << 14;

    // Spans of bytes have 31-bit lengths.
    private const long MostElements = 1 << 27;

    // Columns are read run by run: a run should be worth a read.
    private const int PanelColumns = 1 << 10;

    public RankPlan(CpuDeviceOptions options, TensorShape shape, IReadOnlyList<DataType> types, int workers)
    {
        Rows = new RowLayout(shape);
        long memory = CpuMemory.Ranking(options) - ((2L * ChunkKernels.Capacity * sizeof(float)) + (sizeof(int) << 13));
        long tileBytes = types.Sum(type => type.Size);
        long keyBytes = Math.Max(1, types.Count - 1) * sizeof(uint);
        long rowBytes = Rows.Length * (RowBytes + keyBytes);
        Limit = Math.Min(MostElements, memory * 2 / 3 / (RowBytes + keyBytes));
        Workers = (int)Math.Clamp(memory * 2 / 3 / Math.Max(1, rowBytes), 1, workers);
        long share = memory / Workers;
        TileElements = (int)Math.Clamp(Math.Min(share / 3 / tileBytes, shape.ElementCount), 1, options.TileElements);
        long affordable = ((share * 2 / 3) - (Rows.Length * RowBytes)) / keyBytes / Math.Max(1, Rows.Length);
        long wanted = Rows.Stride > 1
            ? Math.Min(Rows.Stride, Math.Max(PanelColumns, PanelElements / Math.Max(1, Rows.Length)))
            : Math.Min(Rows.Blocks, PanelElements / Math.Max(1, Rows.Length));
        Width = Math.Max(1, Math.Min(Math.Min(wanted, affordable), MostElements / Math.Max(1, Rows.Length)));
        Bytes = Workers * ((Width * Rows.Length * keyBytes) + (Rows.Length * RowBytes) + (TileElements * tileBytes));
    }

    public RowLayout Rows { get; }

    /// <summary>Gets the largest length of a row.</summary>
    public long Limit { get; }

    public int Workers { get; }

    /// <summary>Gets the number of elements that are read at once.</summary>
    public int TileElements { get; }

    /// <summary>Gets the number of rows of a full panel.</summary>
    public long Width { get; }

    /// <summary>Gets the number of panels of a block of columns, or of all rows.</summary>
    public long PanelsPerBlock => Ceiling(Rows.Stride > 1 ? Rows.Stride : Rows.Blocks, Width);

    /// <summary>Gets the bytes that all workers take.</summary>
    public long Bytes { get; }

    /// <summary>Returns the first panel that has elements from an index on, or one just before it.</summary>
    public long PanelBefore(long element) => Rows.Stride > 1
        ? element / (Rows.Length * Rows.Stride) * PanelsPerBlock
        : element / Rows.Length / Width;

    /// <summary>Returns the panel after the last that has elements below an index.</summary>
    public long PanelAfter(long element) => Rows.Stride > 1
        ? Ceiling(element, Rows.Length * Rows.Stride) * PanelsPerBlock
        : Ceiling(Ceiling(element, Rows.Length), Width);

    public RankPanel Panel(long index)
    {
        if (Rows.Stride == 1)
        {
            long first = index * Width;
            int rows = (int)Math.Min(Width, Rows.Blocks - first);
            return new RankPanel(first * Rows.Length, rows * (int)Rows.Length, 1, 0, rows);
        }

        (long block, long panel) = Math.DivRem(index, PanelsPerBlock);
        long column = panel * Width;
        int columns = (int)Math.Min(Width, Rows.Stride - column);
        return new RankPanel((block * Rows.Length * Rows.Stride) + column, columns, (int)Rows.Length, Rows.Stride, columns);
    }

    private static long Ceiling(long value, long divisor) => (value / divisor) + (value % divisor == 0 ? 0 : 1);
}

/// <summary>Rows that are ranked together, as runs of consecutive elements.</summary>
/// <param name="Start">The index of the first element.</param>
/// <param name="RunLength">The number of elements of a run.</param>
/// <param name="Runs">The number of runs.</param>
/// <param name="Pitch">How far apart the runs begin.</param>
/// <param name="Rows">The number of rows: one after the other in a single run, or side by side in several.</param>
internal readonly record struct RankPanel(long Start, int RunLength, int Runs, long Pitch, int Rows)
{
    public int Count => RunLength * Runs;
}
