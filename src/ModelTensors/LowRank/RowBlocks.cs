using ModelTensors.Devices;

namespace ModelTensors.LowRank;

/// <summary>A matrix that is seen block of rows by block of rows, so that it need not fit the memory.</summary>
public abstract class RowBlocks : IDisposable
{
    // Products over blocks are added one after the other: the partition is a matter of the shape alone, or bits would depend on the memory.
    private const long BlockElements = 1L << 22;

    /// <summary>Creates a matrix.</summary>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    protected RowBlocks(long rows, long columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Rows = rows;
        Columns = columns;
        RowsPerBlock = Math.Clamp(BlockElements / columns, 1, rows);
        Count = checked((int)((rows + RowsPerBlock - 1) / RowsPerBlock));
    }

    /// <summary>Gets the number of rows.</summary>
    public long Rows { get; }

    /// <summary>Gets the number of columns.</summary>
    public long Columns { get; }

    /// <summary>Gets the number of rows of each block but the last.</summary>
    public long RowsPerBlock { get; }

    /// <summary>Gets the number of blocks.</summary>
    public int Count { get; }

    /// <summary>Reads a block.</summary>
    /// <param name="index">The block, from 0.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The block's rows in F32, valid until another block is read.</returns>
    public abstract Matrix Read(int index, CancellationToken cancellationToken = default);

    /// <summary>Returns the first row of a block.</summary>
    /// <param name="index">The block, from 0.</param>
    public long FirstRow(int index) => index * RowsPerBlock;

    /// <summary>Returns the number of rows of a block.</summary>
    /// <param name="index">The block, from 0.</param>
    public long RowsOf(int index) => Math.Min(RowsPerBlock, Rows - FirstRow(index));

    /// <summary>Releases memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases memory.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
