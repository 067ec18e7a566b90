using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>
/// Brings the elements of a segment to one worker as chunks of floats, and takes its results away. Chunks begin at multiples of
/// <see cref="ChunkKernels.Capacity"/> in the segment, whatever the tiles are in which files are read and written: so no kernel sees a tile's seams.
/// </summary>
internal sealed unsafe class ChunkFeed : IDisposable
{
    private readonly CpuSession _session;
    private readonly ComputeGate _gate;
    private readonly int[] _used;
    private readonly TensorSource[] _sources;
    private readonly bool[] _counts;
    private readonly NativeBuffer?[] _tiles;
    private readonly int _tileElements;
    private readonly TensorSink? _sink;
    private readonly NativeBuffer? _pending;
    private readonly NativeBuffer _memory;
    private long _tileStart;
    private long _tileEnd;
    private long _segmentEnd;
    private long _pendingStart;
    private int _pendingCount;

    /// <summary>Creates the feed of one worker, with its buffers.</summary>
    /// <param name="session">The session.</param>
    /// <param name="gate">Held by the worker; given up while it waits for files.</param>
    /// <param name="used">The inputs to read.</param>
    /// <param name="counts">For each of them, whether non-finite elements are still to be counted.</param>
    /// <param name="sink">Where results go, if there are any.</param>
    /// <param name="tileElements">The number of elements read or written at once.</param>
    /// <param name="scratchChunks">The number of further chunks of floats for the worker's own use.</param>
    public ChunkFeed(
        CpuSession session, ComputeGate gate, int[] used, bool[] counts, TensorSink? sink, int tileElements, int scratchChunks)
    {
        _session = session;
        _gate = gate;
        _used = used;
        _counts = counts;
        _sink = sink;
        _tileElements = tileElements;
        _sources = [.. used.Select(input => session.Inputs[input])];
        _tiles = [.. _sources.Select(source => Lends(source) ? null : new NativeBuffer((long)tileElements * source.DataType.Size))];
        _pending = sink is null || Lends(sink) ? null : new NativeBuffer((long)tileElements * sink.DataType.Size);
        const int chunkBytes = ChunkKernels.Capacity * sizeof(float);

        // One chunk of zeros stands for a missing origin.
        _memory = new NativeBuffer((long)(1 + used.Length + scratchChunks) * chunkBytes);
        byte* memory = (byte*)_memory.DangerousGetHandle();
        Zeros = (float*)memory;
        Inputs = new nint[session.Inputs.Count];
        Stored = new nint[session.Inputs.Count];
        for (int i = 0; i < used.Length; i++)
        {
            Inputs[used[i]] = (nint)(memory + ((i + 1) * (long)chunkBytes));
        }

        Scratch = new nint[scratchChunks];
        for (int i = 0; i < scratchChunks; i++)
        {
            Scratch[i] = (nint)(memory + ((1 + used.Length + i) * (long)chunkBytes));
        }
    }

    /// <summary>Gets a chunk of zeros.</summary>
    public float* Zeros { get; }

    /// <summary>Gets the chunk of each input, by the input's index; only those in use have one.</summary>
    public nint[] Inputs { get; }

    /// <summary>Gets the addresses that <see cref="TryGetStored"/> found, by the input's index.</summary>
    public nint[] Stored { get; }

    /// <summary>Gets the worker's own chunks.</summary>
    public nint[] Scratch { get; }

    /// <summary>Gets how many elements of the output so far are not finite.</summary>
    public long NonFiniteOutputs { get; private set; }

    public static bool Lends(TensorSource source) => source.TryGetSpan(0, (int)Math.Min(1, source.Shape.ElementCount), out _);

    public static bool Lends(TensorSink sink) => sink.TryGetSpan(0, (int)Math.Min(1, sink.Shape.ElementCount), out _);

    public float* Input(int input) => (float*)Inputs[input];

    public float* Origin(int input) => input < 0 ? Zeros : Input(input);

    /// <summary>Starts a segment.</summary>
    public void Open(long start, long end)
    {
        _tileStart = _tileEnd = start;
        _segmentEnd = end;
        _pendingStart = start;
        _pendingCount = 0;
    }

    /// <summary>Fills the chunks of all inputs.</summary>
    /// <param name="start">The index of the first element; chunks are taken in order.</param>
    /// <param name="count">The number of elements, at most a chunk.</param>
    public void Fill(long start, int count)
    {
        for (int filled = 0; filled < count;)
        {
            if (start + filled >= _tileEnd)
            {
                ReadTiles(start + filled);
            }

            int piece = (int)Math.Min(count - filled, _tileEnd - (start + filled));
            for (int i = 0; i < _used.Length; i++)
            {
                Widen(i, start + filled, piece, Input(_used[i]) + filled);
            }

            filled += piece;
        }

        // Reductions work in whole steps; zeros behind the last element add nothing.
        int padding = -count & (ChunkKernels.Step - 1);
        if (padding != 0)
        {
            foreach (int input in _used)
            {
                new Span<float>(Input(input) + count, padding).Clear();
            }
        }
    }

    /// <summary>Rounds results to the output's type and passes them on.</summary>
    public void Write(float* results, long start, int count)
    {
        DataType type = _sink!.DataType;
        for (int written = 0; written < count;)
        {
            void* place = Reserve(start + written, count - written, out int piece);
            bool nonFinite = _session.Kernels.Narrow(results + written, place, type, piece);
            _pendingCount += piece;
            if (nonFinite)
            {
                NonFiniteOutputs += CountNonFiniteAs(type, results + written, piece);
            }

            written += piece;
        }
    }

    /// <summary>Writes what is pending; to be called at the end of each segment.</summary>
    public void Flush()
    {
        if (_pendingCount == 0)
        {
            return;
        }

        if (_pending is not null)
        {
            _gate.RunOutside(() => _sink!.Write(_pendingStart, _pending.Span(0, _pendingCount * _sink.DataType.Size)));
        }

        _pendingStart += _pendingCount;
        _pendingCount = 0;
    }

    /// <summary>Finds a run of stored elements of every input, and the place of as many of the output, to work on without chunks.</summary>
    /// <param name="start">The index of the first element.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="output">Receives the output's address.</param>
    /// <returns>False when the run crosses the end of a tile.</returns>
    public bool TryGetStored(long start, int count, out void* output)
    {
        output = null;
        if (start >= _tileEnd)
        {
            ReadTiles(start);
        }

        if (start + count > _tileEnd)
        {
            return false;
        }

        for (int i = 0; i < _used.Length; i++)
        {
            Stored[_used[i]] = (nint)Locate(i, start, count);
        }

        output = Reserve(start, count, out int piece);
        return piece == count;
    }

    /// <summary>Says that the place given by <see cref="TryGetStored"/> has been filled.</summary>
    public void Advance(int count) => _pendingCount += count;

    public void Dispose()
    {
        _memory.Dispose();
        _pending?.Dispose();
        foreach (NativeBuffer? tile in _tiles)
        {
            tile?.Dispose();
        }
    }

    private static long CountNonFinite(float* values, int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += float.IsFinite(values[i]) ? 0 : 1;
        }

        return sum;
    }

    private static long CountNonFiniteAs(DataType type, float* values, int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            bool finite = type switch
            {
                DataType.F16 => Half.IsFinite((Half)values[i]),
                DataType.BF16 => float.IsFinite(BFloat16.FromSingle(values[i]).ToSingle()),
                _ => float.IsFinite(values[i]),
            };
            sum += finite ? 0 : 1;
        }

        return sum;
    }

    private void ReadTiles(long start)
    {
        _session.ThrowIfCanceled();
        _tileStart = start;
        _tileEnd = Math.Min(_segmentEnd, start + _tileElements);
        int count = (int)(_tileEnd - start);
        if (Array.Exists(_tiles, tile => tile is not null))
        {
            _gate.RunOutside(() =>
            {
                for (int i = 0; i < _sources.Length; i++)
                {
                    if (_tiles[i] is { } tile)
                    {
                        _sources[i].Read(start, tile.Span(0, count * _sources[i].DataType.Size));
                    }
                }
            });
        }

        _session.ReportBytes(count, _sources);
    }

    private void Widen(int index, long start, int count, float* destination)
    {
        bool nonFinite = _session.Kernels.Widen(Locate(index, start, count), _sources[index].DataType, destination, count);
        if (nonFinite && _counts[index])
        {
            _session.AddNonFinite(_used[index], CountNonFinite(destination, count));
        }
    }

    // Neither tiles nor lent memory move, and both spans are checked: an address of their first element is good for all of them.
    private void* Locate(int index, long start, int count)
    {
        TensorSource source = _sources[index];
        int size = source.DataType.Size;
        ReadOnlySpan<byte> bytes;
        if (_tiles[index] is { } tile)
        {
            bytes = tile.Span((start - _tileStart) * size, count * size);
        }
        else
        {
            source.TryGetSpan(start, count, out bytes);
        }

        return Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
    }

    /// <summary>Finds the place of the next elements of the output, as many as fit before it has to be flushed.</summary>
    private void* Reserve(long start, int count, out int piece)
    {
        Span<byte> place;
        if (_pending is null)
        {
            piece = count;
            _sink!.TryGetSpan(start, count, out place);
        }
        else
        {
            if (_pendingCount == _tileElements)
            {
                Flush();
            }

            int size = _sink!.DataType.Size;
            piece = Math.Min(count, _tileElements - _pendingCount);
            place = _pending.Span((long)_pendingCount * size, piece * size);
        }

        return Unsafe.AsPointer(ref MemoryMarshal.GetReference(place));
    }
}
