using System.Numerics;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Distances: rows are packed once, then each thread multiplies and hands out tiles of its own.</content>
public sealed unsafe partial class CpuDevice
{
    // Rows of one partial sum of the mean.
    private const int MeanBlock = 4096;

    // A panel of rows is read from memory once for so many queries: some 20 operations a byte.
    private const int LargestTile = 48;

    // The tile of a worker stays below, as long as it holds the least number of queries.
    private const long LargestTileBytes = 32L << 20;

    private const int TilesPerThread = 2;

    // Room for the padding of tiles.
    private const int PaddingRows = 4096;

    /// <inheritdoc />
    public override void ForEachDistanceTile(
        Matrix queries, Matrix rows, DistanceMetric metric, DistanceTileConsumer consumer, DistanceOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(consumer);
        if (!Enum.IsDefined(metric))
        {
            throw new ArgumentOutOfRangeException(nameof(metric), metric, "There is no such metric.");
        }

        if (queries.Columns != rows.Columns)
        {
            throw new ArgumentException($"Queries and rows have equally many features: {queries} and {rows}.", nameof(queries));
        }

        if (!IsOperand(queries.DataType) || !IsOperand(rows.DataType) || queries.DataType == DataType.F64 || rows.DataType == DataType.F64)
        {
            throw new ArgumentException($"Queries and rows are F32, F16 or BF16: {queries} and {rows}.", nameof(queries));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows.Rows, int.MaxValue - PaddingRows, nameof(rows));
        cancellationToken.ThrowIfCancellationRequested();
        if (queries.Rows == 0)
        {
            return;
        }

        DistanceRows preparation = new(metric, metric == DistanceMetric.SquaredEuclidean ? Mean(rows, cancellationToken) : []);
        using DistancePanels panels = DistancePanels.Create(rows, preparation);
        ForEachBlock(panels.PanelCount, 1, (panel, _) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            panels.Pack((int)panel);
        });
        panels.Seal();

        int tile = options?.QueriesPerTile is > 0 and int wanted ? (int)Math.Min(wanted, queries.Rows) : ChooseTile(panels, queries.Rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)tile * panels.Stride, int.MaxValue, nameof(options));
        int workers = (int)Math.Min(Options.Threads, GemmBlocking.DivideUp(queries.Rows, tile));
        long next = -tile;
        Run(workers, (worker, failure) =>
        {
            using DistanceWork work = new(GemmBlocking.RoundUp(tile, panels.QueryStep), panels.Stride, (int)rows.Columns);
            for (long first; !failure.HasFailed && (first = Interlocked.Add(ref next, tile)) < queries.Rows;)
            {
                int count = (int)Math.Min(tile, queries.Rows - first);
                panels.Compute(queries.Block(first, 0, count, queries.Columns), work, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> distances = new(work.Distances, checked(count * panels.Stride));
                consumer(new DistanceTile(distances, panels.Stride, work.ErrorBounds.AsSpan(0, count), (int)rows.Rows, first, worker));
            }
        });
    }

    private int ChooseTile(DistancePanels panels, long queries)
    {
        long shared = GemmBlocking.DivideUp(queries, (long)Options.Threads * TilesPerThread);
        long fitting = LargestTileBytes / ((long)Math.Max(panels.Stride, 1) * sizeof(float));
        long steps = Math.Min(Math.Min(shared, fitting), LargestTile) / panels.QueryStep;
        return (int)Math.Max(steps, 1) * panels.QueryStep;
    }

    /// <summary>The mean of rows, in double over blocks that do not depend on the number of threads.</summary>
    private float[] Mean(Matrix rows, CancellationToken cancellationToken)
    {
        int width = checked((int)rows.Columns);
        double[][] sums = new double[GemmBlocking.DivideUp(rows.Rows, MeanBlock)][];
        ForEachBlock(rows.Rows, MeanBlock, (first, count) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] row = new float[width];
            double[] sum = new double[width];
            for (int i = 0; i < count; i++)
            {
                rows.CopyRow(first + i, row);
                AddWidened(row, sum);
            }

            sums[first / MeanBlock] = sum;
        });

        float[] mean = new float[width];
        for (int k = 0; k < width; k++)
        {
            mean[k] = rows.Rows == 0 ? 0 : (float)(sums.Sum(sum => sum[k]) / rows.Rows);
        }

        return mean;
    }

    private static void AddWidened(ReadOnlySpan<float> row, Span<double> sum)
    {
        int k = 0;
        for (; k <= row.Length - Vector<float>.Count; k += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(row[k..]), out Vector<double> low, out Vector<double> high);
            Span<double> target = sum[k..];
            Span<double> next = target[Vector<double>.Count..];
            (new Vector<double>(target) + low).CopyTo(target);
            (new Vector<double>(next) + high).CopyTo(next);
        }

        for (; k < row.Length; k++)
        {
            sum[k] += row[k];
        }
    }
}
