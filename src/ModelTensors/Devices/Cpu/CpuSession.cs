using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>Runs passes on the CPU: workers take segments in turn, and bring each through a <see cref="ChunkFeed"/> to the pass's kernels.</summary>
internal sealed unsafe partial class CpuSession : TensorSession
{
    private readonly CpuDevice _device;
    private readonly SessionOptions _options;
    private readonly bool[] _scanned;
    private long _nonFiniteOutputs;

    public CpuSession(CpuDevice device, IReadOnlyList<TensorSource> inputs, SessionOptions options)
        : base(inputs)
    {
        _device = device;
        _options = options;
        _scanned = new bool[inputs.Count];
    }

    /// <summary>Processes one chunk of a segment; the feed holds the inputs.</summary>
    private delegate void ChunkAction(ChunkFeed feed, int segment, long start, int count);

    /// <summary>Processes one chunk without widening its inputs; says whether it did.</summary>
    private delegate bool StoredChunkAction(ChunkFeed feed, long start, int count);

    public override long NonFiniteOutputs => _nonFiniteOutputs;

    public ChunkKernels Kernels => _device.Kernels;

    public void ThrowIfCanceled() => _options.CancellationToken.ThrowIfCancellationRequested();

    public void ReportBytes(long elements, TensorSource[] sources)
    {
        if (_options.BytesRead is { } report)
        {
            report(elements * sources.Sum(source => source.DataType.Size));
        }
    }

    public void AddNonFinite(int input, long count) => ReportNonFinite(input, count);

    /// <summary>Goes once over the elements.</summary>
    /// <param name="used">The inputs to read; each once.</param>
    /// <param name="sink">The output, if the pass writes one.</param>
    /// <param name="scratchChunks">The number of chunks each worker needs for itself.</param>
    /// <param name="createWorker">Makes the action of one worker, with its state.</param>
    /// <param name="processStored">Processes a chunk as it is stored, without widening it first, if it can; each worker calls it.</param>
    private void Run(int[] used, TensorSink? sink, int scratchChunks, Func<ChunkFeed, ChunkAction> createWorker, StoredChunkAction? processStored = null)
    {
        ThrowIfCanceled();
        bool[] counts = [.. used.Select(input => !_scanned[input])];
        bool waits = used.Any(input => !ChunkFeed.Lends(Inputs[input])) || (sink is not null && !ChunkFeed.Lends(sink));
        int threads = _device.Options.Threads;
        int workers = Math.Min(waits ? 2 * threads : threads, Segments.Count);
        int tile = TileElements(used, sink, workers);
        int next = -1;
        using SemaphoreSlim? slots = waits && workers > threads ? new SemaphoreSlim(threads) : null;
        ComputeGate gate = new(slots);
        _device.Run(workers, (_, failure) =>
        {
            using ChunkFeed feed = new(this, gate, used, counts, sink, tile, scratchChunks);
            ChunkAction process = createWorker(feed);
            gate.Enter();
            try
            {
                for (int segment; !failure.HasFailed && (segment = Interlocked.Increment(ref next)) < Segments.Count;)
                {
                    long end = Segments.End(segment);
                    feed.Open(Segments.Start(segment), end);
                    for (long start = Segments.Start(segment); start < end; start += ChunkKernels.Capacity)
                    {
                        int count = (int)Math.Min(ChunkKernels.Capacity, end - start);
                        if (processStored is null || !processStored(feed, start, count))
                        {
                            feed.Fill(start, count);
                            process(feed, segment, start, count);
                        }
                    }

                    feed.Flush();
                }
            }
            finally
            {
                gate.Leave();
            }

            Interlocked.Add(ref _nonFiniteOutputs, feed.NonFiniteOutputs);
        });

        foreach (int input in used)
        {
            _scanned[input] = true;
        }
    }

    private int TileElements(int[] used, TensorSink? sink, int workers)
    {
        // No input twice as large helps: a segment is read in tiles, and workers alternate between files and computing.
        long bytesPerElement = used.Sum(input => Inputs[input].DataType.Size) + (sink?.DataType.Size ?? 0);
        long affordable = _device.Options.WorkingMemory / Math.Max(1, workers) / Math.Max(1, bytesPerElement);
        return (int)Math.Clamp(Math.Min(affordable, _device.Options.TileElements), 1, Segments.Length);
    }
}
