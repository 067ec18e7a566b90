using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>Brings panels of rows to one worker as magnitudes, and ranks them.</summary>
internal sealed unsafe class RankFeed : IDisposable
{
    private readonly CpuSession _session;
    private readonly ComputeGate _gate;
    private readonly RankPlan _plan;
    private readonly int[] _inputs;
    private readonly TensorSource[] _sources;
    private readonly bool _hasOrigin;
    private readonly PassKernels? _stored;
    private readonly NativeBuffer?[] _tiles;
    private readonly NativeBuffer[] _keys;
    private readonly NativeBuffer _rows;
    private readonly NativeBuffer _chunks;
    private readonly RowRanker _ranker = new();
    private readonly nint[] _places;

    /// <summary>Creates the feed of one worker, with its buffers.</summary>
    /// <param name="session">The session.</param>
    /// <param name="gate">Held by the worker; given up while it waits for files.</param>
    /// <param name="plan">The panels.</param>
    /// <param name="inputs">The inputs to rank.</param>
    /// <param name="origin">The input that is subtracted, or -1.</param>
    public RankFeed(CpuSession session, ComputeGate gate, RankPlan plan, int[] inputs, int origin)
    {
        (_session, _gate, _plan, _inputs, _hasOrigin) = (session, gate, plan, inputs, origin >= 0);
        _sources = [.. (_hasOrigin ? inputs.Append(origin) : inputs).Select(input => session.Inputs[input])];
        _places = new nint[_sources.Length];
        _tiles = [.. _sources.Select(source => ChunkFeed.Lends(source) ? null : new NativeBuffer((long)plan.TileElements * source.DataType.Size))];

        // Kernels write whole steps, so there is room for one behind the last key.
        _keys = [.. inputs.Select(_ => new NativeBuffer(((plan.Width * plan.Rows.Length) + ChunkKernels.Step) * sizeof(uint)))];
        _rows = new NativeBuffer(plan.Rows.Length * ((2 * sizeof(ulong)) + sizeof(uint)));
        _chunks = new NativeBuffer(2L * ChunkKernels.Capacity * sizeof(float));
        DataType type = _sources[^1].DataType;
        _stored = _hasOrigin && Array.TrueForAll(_sources, source => source.DataType == type) ? session.Kernels.Over(type) : null;
    }

    /// <summary>Ranks the rows of a panel in every input and passes the ranks on.</summary>
    public void Rank(RankPanel panel, RankedRun consumer)
    {
        for (int run = 0; run < panel.Runs; run++)
        {
            ReadMagnitudes(panel.Start + (run * panel.Pitch), run * panel.RunLength, panel.RunLength);
        }

        for (int i = 0; i < _inputs.Length; i++)
        {
            Span<uint> keys = MemoryMarshal.Cast<byte, uint>(_keys[i].Span(0, panel.Count * sizeof(uint)));
            RankRows(panel, keys);
            for (int run = 0; run < panel.Runs; run++)
            {
                ReadOnlySpan<uint> ranks = keys.Slice(run * panel.RunLength, panel.RunLength);
                consumer(_inputs[i], panel.Start + (run * panel.Pitch), MemoryMarshal.Cast<uint, int>(ranks));
            }
        }
    }

    public void Dispose()
    {
        _chunks.Dispose();
        _rows.Dispose();
        Array.ForEach(_keys, keys => keys.Dispose());
        foreach (NativeBuffer? tile in _tiles)
        {
            tile?.Dispose();
        }
    }

    private void RankRows(RankPanel panel, Span<uint> keys)
    {
        int length = (int)_plan.Rows.Length;
        Span<ulong> first = MemoryMarshal.Cast<byte, ulong>(_rows.Span(0, length * sizeof(ulong)));
        Span<ulong> second = MemoryMarshal.Cast<byte, ulong>(_rows.Span((long)length * sizeof(ulong), length * sizeof(ulong)));
        if (_plan.Rows.Stride == 1)
        {
            for (int row = 0; row < panel.Rows; row++)
            {
                _ranker.Rank(keys.Slice(row * length, length), first, second);
            }

            return;
        }

        Span<uint> column = MemoryMarshal.Cast<byte, uint>(_rows.Span(2L * length * sizeof(ulong), length * sizeof(uint)));
        for (int row = 0; row < panel.Rows; row++)
        {
            for (int i = 0; i < length; i++)
            {
                column[i] = keys[(i * panel.RunLength) + row];
            }

            _ranker.Rank(column, first, second);
            for (int i = 0; i < length; i++)
            {
                keys[(i * panel.RunLength) + row] = column[i];
            }
        }
    }

    /// <summary>Reads a run tile by tile and writes its magnitudes for every input.</summary>
    private void ReadMagnitudes(long start, int offset, int count)
    {
        for (int done = 0, tile; done < count; done += tile)
        {
            tile = Math.Min(_plan.TileElements, count - done);
            ReadTiles(start + done, tile);
            for (int i = 0; i < _inputs.Length; i++)
            {
                float* magnitudes = (float*)_keys[i].DangerousGetHandle() + offset + done;
                for (int chunk = 0; chunk < tile; chunk += ChunkKernels.Capacity)
                {
                    WriteMagnitudes(i, chunk, Math.Min(ChunkKernels.Capacity, tile - chunk), magnitudes + chunk);
                }
            }
        }
    }

    private void WriteMagnitudes(int index, int start, int count, float* magnitudes)
    {
        int origin = _sources.Length - 1;
        if (_stored is not null && count % ChunkKernels.Step == 0
            && _stored.Magnitudes(Place(index, start), Place(origin, start), magnitudes, count))
        {
            return;
        }

        float* values = (float*)_chunks.DangerousGetHandle();
        float* from = values + ChunkKernels.Capacity;
        _session.Kernels.Widen(Place(index, start), _sources[index].DataType, values, count);
        if (_hasOrigin)
        {
            _session.Kernels.Widen(Place(origin, start), _sources[origin].DataType, from, count);
        }

        _session.Kernels.Singles.Magnitudes(values, from, magnitudes, count);
    }

    private void ReadTiles(long start, int count)
    {
        _session.ThrowIfCanceled();
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

    private void* Place(int index, int start) => (byte*)_places[index] + ((long)start * _sources[index].DataType.Size);
}
