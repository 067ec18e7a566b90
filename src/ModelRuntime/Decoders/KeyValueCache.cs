using ModelRuntime.Decoders.Mixtures;
using ModelRuntime.Kernels;
using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>The keys and values of sequences that a model goes on with. Made by <see cref="DecoderModel.CreateCache"/>; for one thread at a time.</summary>
public sealed class KeyValueCache : IDisposable
{
    private const int SmallestCapacity = 64;

    private readonly CacheShape _shape;
    private readonly int _width;
    private readonly HostTensor?[] _memory;
    private readonly int[] _lengths;
    private readonly Routes?[] _routes;

    internal KeyValueCache(DecoderModel owner, CacheShape shape, int width, int sequences)
    {
        Owner = owner;
        _shape = shape;
        _width = width;
        _lengths = new int[sequences];
        _memory = new HostTensor?[checked(sequences * shape.Slots * 2)];
        _routes = new Routes?[checked(sequences * shape.Routers)];
    }

    /// <summary>Gets the number of sequences.</summary>
    public int SequenceCount => _lengths.Length;

    internal DecoderModel Owner { get; }

    /// <summary>Returns the number of tokens of a sequence that are cached.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sequence.</exception>
    public int LengthOf(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, _lengths.Length);
        return _lengths[sequence];
    }

    /// <summary>Forgets the tokens of a sequence behind its first ones. A sequence without tokens begins anew: what routers of a mixture have decided for it is forgotten as well.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    /// <param name="length">How many tokens stay; at most as many as there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sequence, or it has fewer tokens.</exception>
    public void Truncate(int sequence, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, LengthOf(sequence));
        _lengths[sequence] = length;
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        foreach (HostTensor? tensor in _memory)
        {
            tensor?.Dispose();
        }
    }

    /// <summary>Forgets what routers have decided for a sequence, and the memory of the experts that they chose.</summary>
    internal void Begin(int sequence)
    {
        _routes.AsSpan(sequence * _shape.Routers, _shape.Routers).Clear();
        foreach (ref HostTensor? tensor in _memory.AsSpan(PlaceOf(sequence, _shape.FirstRoutedSlot)..PlaceOf(sequence + 1, 0)))
        {
            tensor?.Dispose();
            tensor = null;
        }
    }

    /// <summary>Keeps what a router has decided for a sequence.</summary>
    internal void KeepRoute(int sequence, int router, Routes routes, int row)
    {
        Routes kept = new(1, routes.ExpertCount, routes.ChosenCount);
        kept.CopyRow(0, routes, row);
        _routes[(sequence * _shape.Routers) + router] = kept;
    }

    /// <summary>Returns what a router decided when a sequence began: one row.</summary>
    internal Routes RouteOf(int sequence, int router) => _routes[(sequence * _shape.Routers) + router]!;

    /// <summary>Appends a sequence's keys and values to a slot, and returns all of them.</summary>
    internal CachedHeads Append(int slot, int sequence, Rows keys, Rows values, int first, int count)
    {
        int length = _lengths[sequence];
        int place = PlaceOf(sequence, slot);
        int capacity = Reserve(place, length, checked(length + count));
        HostTensor turned = _memory[place]!;
        HostTensor rows = _memory[place + 1]!;
        ReadOnlySpan<float> from = keys.Memory.AsSpan<float>((long)first * _width, count * _width);
        for (int column = 0; column < _width; column++)
        {
            Span<float> to = turned.AsSpan<float>(((long)column * capacity) + length, count);
            for (int row = 0; row < to.Length; row++)
            {
                to[row] = from[(row * _width) + column];
            }
        }

        values.Memory.AsSpan<float>((long)first * _width, count * _width).CopyTo(rows.AsSpan<float>((long)length * _width, count * _width));
        return new CachedHeads(turned, rows, length + count);
    }

    /// <summary>Counts tokens whose keys and values all layers have appended.</summary>
    internal void Advance(int sequence, int count) => _lengths[sequence] += count;

    private int PlaceOf(int sequence, int slot) => ((sequence * _shape.Slots) + slot) * 2;

    // Keys are kept turned, so that one query meets sixteen of them at once without a copy; values have a row to spare, because heads are read in whole vectors.
    private int Reserve(int place, int length, int needed)
    {
        int capacity = (int)(_memory[place]?.Shape[1] ?? 0);
        if (needed <= capacity)
        {
            return capacity;
        }

        int larger = checked((Math.Max(needed, Math.Max(SmallestCapacity, 2 * capacity)) + Lanes.Count - 1) / Lanes.Count * Lanes.Count);
        HostTensor turned = new(DataType.F32, new TensorShape(_width, larger));
        HostTensor rows = new(DataType.F32, new TensorShape(larger + 1, _width));
        for (int column = 0; length > 0 && column < _width; column++)
        {
            _memory[place]!.AsSpan<float>((long)column * capacity, length).CopyTo(turned.AsSpan<float>((long)column * larger, length));
        }

        _memory[place + 1]?.AsSpan<float>(0, length * _width).CopyTo(rows.AsSpan<float>(0, length * _width));
        _memory[place]?.Dispose();
        _memory[place + 1]?.Dispose();
        (_memory[place], _memory[place + 1]) = (turned, rows);
        return larger;
    }
}
