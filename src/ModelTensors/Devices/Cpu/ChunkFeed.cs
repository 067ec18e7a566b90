using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>
/// Brings the elements of a segment to one worker as chunks of floats, and takes its results away. Chunks begin at multiples of
/// <see cref="ChunkKernels.Capacity"/> in the segment, whatever the tiles are in which files are read and written: so no kernel sees a tile's seams.
/// </summary>
/// <remarks>
/// A chunk is seen in one of two ways: as it is stored, in place, where all tensors have one type that the kernels read; else widened to float,
/// with results that are rounded afterwards. <see cref="Kernels"/>, <see cref="Input"/> and <see cref="Result"/> are those of the present chunk.
/// </remarks>
internal sealed unsafe class ChunkFeed : IDisposable
{
    private readonly CpuSession _session;
    private readonly ComputeGate _gate;
    private readonly int[] _used;
    private readonly TensorSource[] _sources;
    private readonly bool[] _counts;
    private readonly PassKernels? _stored;
    private readonly nint[] _places;
    private readonly nint[] _chunks;
    private readonly nint[] _inputs;
    private readonly NativeBuffer?[] _tiles;
    private readonly int _tileElements;
    private readonly TensorSink? _sink;
    private readonly NativeBuffer? _pending;
    private readonly NativeBuffer _memory;
    private readonly nint _zeros;
    private readonly nint _result;
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
    /// <param name="stored">The kernels over elements as they are stored; null where chunks have to be widened.</param>
    /// <param name="scratchChunks">The number of further chunks of floats for the worker's own use.</param>
    public ChunkFeed(
        CpuSession session, ComputeGate gate, int[] used, bool[] counts, TensorSink? sink, int tileElements, PassKernels? stored, int scratchChunks)
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

        // One chunk of zeros stands for a missing origin, one takes results.
        _memory = new NativeBuffer((2L + used.Length + scratchChunks) * chunkBytes);
        nint memory = _memory.DangerousGetHandle();
        _zeros = memory;
        _result = memory + chunkBytes;
        _stored = stored;
        _places = new nint[used.Length];
        _chunks = [.. used.Select((_, i) => memory + ((2 + i) * chunkBytes))];
        _inputs = new nint[session.Inputs.Count];
        Scratch = [.. Enumerable.Range(0, scratchChunks).Select(i => memory + ((2 + used.Length + i) * chunkBytes))];
        Kernels = session.Kernels.Singles;
    }

    /// <summary>Gets the kernels for the chunk as it is seen.</summary>
    public PassKernels Kernels { get; private set; }

    /// <summary>Gets the kernels for what the worker itself has written as floats.</summary>
    public PassKernels Singles => _session.Kernels.Singles;

    /// <summary>Gets whether the chunk is seen as it is stored.</summary>
    public bool IsStored { get; private set; }

    /// <summary>Gets the place of the chunk's results.</summary>
    public void* Result { get; private set; }

    /// <summary>Gets the worker's own chunks.</summary>
    public nint[] Scratch { get; }

    /// <summary>Gets how many elements of the output so far are not finite.</summary>
    public long NonFiniteOutputs { get; private set; }

    public static bool Lends(TensorSource source) => source.TryGetSpan(0, (int)Math.Min(1, source.Shape.ElementCount), out _);

    public static bool Lends(TensorSink sink) => sink.TryGetSpan(0, (int)Math.Min(1, sink.Shape.ElementCount), out _);

    /// <summary>Gets the elements of each input, by the input's index; only those in use have any.</summary>
    public ReadOnlySpan<nint> Inputs => _inputs;

    public void* Input(int input) => (void*)_inputs[input];

    /// <summary>Gets the elements of an input, or zeros for -1: they are the same bits in every type.</summary>
    public void* Origin(int input) => (void*)(input < 0 ? _zeros : _inputs[input]);

    /// <summary>Starts a segment.</summary>
    public void Open(long start, long end)
    {
        _tileStart = _tileEnd = start;
        _segmentEnd = end;
        _pendingStart = start;
        _pendingCount = 0;
    }

    /// <summary>Sees a run of elements as they are stored, without copying them.</summary>
    /// <param name="start">The index of the first element; chunks are taken in order.</param>
    /// <param name="count">The number of elements.</param>
    /// <returns>False where the run has to be widened: for its types, or because it crosses the end of a tile or ends inside a block.</returns>
    public bool TryView(long start, int count)
    {
        if (_stored is null || count % PassKernels.Block != 0)
        {
            return false;
        }

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
            _inputs[_used[i]] = Place(i, start);
        }

        if (_sink is not null)
        {
            Result = Reserve(start, count, out int piece);
            if (piece < count)
            {
                return false;
            }
        }

        Kernels = _stored;
        IsStored = true;
        return true;
    }

    /// <summary>Says that the results of a run seen as it is stored are in place.</summary>
    public void Advance(int count) => _pendingCount += _pending is null ? 0 : count;

    /// <summary>Sees a chunk widened to float.</summary>
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
                Widen(i, start + filled, piece, (float*)_chunks[i] + filled);
            }

            filled += piece;
        }

        // Kernels work in whole steps; zeros behind the last element add nothing.
        int padding = -count & (ChunkKernels.Step - 1);
        for (int i = 0; i < _used.Length; i++)
        {
            new Span<float>((float*)_chunks[i] + count, padding).Clear();
            _inputs[_used[i]] = _chunks[i];
        }

        Result = (void*)_result;
        Kernels = _session.Kernels.Singles;
        IsStored = false;
    }

    /// <summary>Rounds the results of a widened chunk to the output's type and passes them on.</summary>
    public void Write(long start, int count)
    {
        if (_sink is null)
        {
            return;
        }

        DataType type = _sink.DataType;
        float* results = (float*)_result;
        for (int written = 0; written < count;)
        {
            void* place = Reserve(start + written, count - written, out int piece);
            bool nonFinite = _session.Kernels.Narrow(results + written, place, type, piece);
            Advance(piece);
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
        if (_pending is null || _pendingCount == 0)
        {
            return;
        }

        _gate.RunOutside(() => _sink!.Write(_pendingStart, _pending.Span(0, _pendingCount * _sink.DataType.Size)));

        _pendingStart += _pendingCount;
        _pendingCount = 0;
    }

    public void Dispose()
    {
        _memory.Dispose();
        _pending?.Dispose();
        foreach (NativeBuffer? tile in _tiles)
        {
            tile?.Dispose();
        }
    }

    public static long CountNonFinite(float* values, int count)
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

        // Neither tiles nor lent memory move: an address is good for the whole tile.
        for (int i = 0; i < _sources.Length; i++)
        {
            ReadOnlySpan<byte> bytes = default;
            if (_tiles[i] is { } tile)
            {
                bytes = tile.Span(0, count * _sources[i].DataType.Size);
            }
            else
            {
                _sources[i].TryGetSpan(start, count, out bytes);
            }

            _places[i] = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
        }

        _session.ReportBytes(count, _sources);
    }

    private nint Place(int index, long start) => _places[index] + (nint)((start - _tileStart) * _sources[index].DataType.Size);

    private void Widen(int index, long start, int count, float* destination)
    {
        bool nonFinite = _session.Kernels.Widen((void*)Place(index, start), _sources[index].DataType, destination, count);
        if (nonFinite && _counts[index])
        {
            _session.AddNonFinite(_used[index], CountNonFinite(destination, count));
        }
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
