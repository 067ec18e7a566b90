using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>Runs passes on the CPU: workers take segments in turn, and bring each through a <see cref="ChunkFeed"/> to the pass's kernels.</summary>
internal sealed unsafe partial class CpuSession : TensorSession
{
    private readonly CpuDevice _device;
    private readonly SessionOptions _options;
    private readonly bool[] _scanned;
    private long _nonFiniteOutputs;
    private (long Start, long End)? _part;

    public CpuSession(CpuDevice device, IReadOnlyList<TensorSource> inputs, SessionOptions options)
        : base(inputs)
    {
        _device = device;
        _options = options;
        _scanned = new bool[inputs.Count];
    }

    /// <summary>Processes one chunk of a segment, which the feed holds. False means that it met what is not finite, and nothing counts if the chunk was seen as stored.</summary>
    private delegate bool ChunkAction(ChunkFeed feed, int segment, long start, int count);

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
    /// <param name="pass">What is read and written.</param>
    /// <param name="createWorker">Makes the action of one worker, with its state.</param>
    private void Run(Pass pass, Func<ChunkFeed, ChunkAction> createWorker)
    {
        ThrowIfCanceled();
        if (_part is { } part)
        {
            pass = pass with { Start = Math.Max(pass.Start, part.Start), End = Math.Min(pass.End, part.End) };
        }

        (int[] used, TensorSink? sink) = (pass.Used, pass.Sink);
        bool[] counts = [.. used.Select(input => _part is null && !_scanned[input])];
        bool waits = used.Any(input => !ChunkFeed.Lends(Inputs[input])) || (sink is not null && !ChunkFeed.Lends(sink));
        int threads = _device.Options.Threads;
        (int first, int last) = pass.Units(Segments);
        if (first >= last)
        {
            return;
        }

        int workers = Math.Min(waits ? 2 * threads : threads, last - first);
        int tile = TileElements(used, sink, workers);
        int run = tile % pass.Run == 0 ? pass.Run : ChunkKernels.Capacity;
        PassKernels? stored = pass.Floats ? null : StoredKernels(used, sink);
        int next = first - 1;
        ComputeGate gate = new(waits && workers > threads ? threads : null);
        _device.Run(workers, (_, failure) =>
        {
            using ChunkFeed feed = new(this, gate, used, counts, sink, tile, stored, pass.Scratch);
            ChunkAction process = createWorker(feed);
            gate.Enter();
            try
            {
                for (int unit; !failure.HasFailed && (unit = Interlocked.Increment(ref next)) < last;)
                {
                    (long start, long end) = pass.Bounds(Segments, unit);
                    feed.Open(start, end);
                    while (start < end)
                    {
                        start += Process(feed, process, unit, start, (int)Math.Min(run, end - start));
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

        if (_part is null && pass.End >= Segments.ElementCount)
        {
            foreach (int input in used)
            {
                _scanned[input] = true;
            }
        }
    }

    /// <summary>Processes a run as it is stored if it can be, else widened chunk by chunk; returns how many of its elements.</summary>
    private static int Process(ChunkFeed feed, ChunkAction process, int segment, long start, int count)
    {
        if (count > PassKernels.Block)
        {
            count &= -PassKernels.Block;
        }

        if (feed.TryView(start, count) && process(feed, segment, start, count))
        {
            feed.Advance(count);
            return count;
        }

        for (int done = 0, chunk; done < count; done += chunk)
        {
            chunk = Math.Min(ChunkKernels.Capacity, count - done);
            feed.Fill(start + done, chunk);
            process(feed, segment, start + done, chunk);
            feed.Write(start + done, chunk);
        }

        return count;
    }

    /// <summary>Returns the kernels that read and write everything as it is stored, if all of one type and there are any.</summary>
    private PassKernels? StoredKernels(int[] used, TensorSink? sink)
    {
        DataType type = sink?.DataType ?? Inputs[used[0]].DataType;
        return Array.TrueForAll(used, input => Inputs[input].DataType == type) ? Kernels.Over(type) : null;
    }

    private int TileElements(int[] used, TensorSink? sink, int workers) => CpuMemory.TileElements(
        _device.Options, Segments, used.Sum(input => Inputs[input].DataType.Size) + (sink?.DataType.Size ?? 0), workers);

    /// <summary>What a pass reads and writes.</summary>
    /// <param name="Used">The inputs to read; each once.</param>
    /// <param name="Sink">The output, if the pass writes one.</param>
    /// <param name="Scratch">The number of chunks each worker needs for itself.</param>
    private sealed record Pass(int[] Used, TensorSink? Sink, int Scratch)
    {
        /// <summary>Gets the first element, a multiple of a chunk.</summary>
        public long Start { get; init; }

        /// <summary>Gets the element after the last, if the pass ends before the tensor does.</summary>
        public long End { get; init; } = long.MaxValue;

        /// <summary>Gets whether the pass always needs floats.</summary>
        public bool Floats { get; init; }

        /// <summary>Gets the number of elements that the pass takes at once as they are stored: a chunk, or more where it needs none.</summary>
        public int Run { get; init; } = ChunkKernels.Capacity;

        /// <summary>Gets the number of segments that a worker takes as if they were one: more where accumulators for each would be too many.</summary>
        public int SegmentsAtOnce { get; init; } = 1;

        /// <summary>Returns the first run of so many segments that has elements of the pass, and the one behind the last.</summary>
        public (int First, int Last) Units(Segments segments)
        {
            long unit = segments.Length * SegmentsAtOnce;
            return ((int)(Start / unit), (int)((Math.Min(End, segments.ElementCount) + unit - 1) / unit));
        }

        /// <summary>Returns the first element of the pass in a run of segments, and the one behind the last.</summary>
        public (long Start, long End) Bounds(Segments segments, int unit)
        {
            long length = segments.Length * SegmentsAtOnce;
            return (Math.Max(Start, length * unit), Math.Min(Math.Min(End, segments.ElementCount), length * (unit + 1)));
        }
    }
}
