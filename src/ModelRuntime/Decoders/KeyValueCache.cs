using ModelTensors;
using ModelTensors.Devices;

namespace ModelRuntime.Decoders;

/// <summary>The keys and values of sequences that a model goes on with. Made by <see cref="DecoderModel.CreateCache"/>; for one thread at a time.</summary>
public sealed class KeyValueCache : IDisposable
{
    private const int SmallestCapacity = 64;

    private readonly int _layers;
    private readonly int _width;
    private readonly HostTensor?[] _memory;
    private readonly int[] _lengths;

    internal KeyValueCache(DecoderModel owner, int layers, int width, int sequences)
    {
        Owner = owner;
        _layers = layers;
        _width = width;
        _lengths = new int[sequences];
        _memory = new HostTensor?[checked(sequences * layers * 2)];
    }

    /// <summary>Gets the number of sequences.</summary>
    public int SequenceCount => _lengths.Length;

    internal DecoderModel Owner { get; }

    /// <summary>Returns the number of tokens of a sequence that are cached.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    public int LengthOf(int sequence) => _lengths[sequence];

    /// <summary>Forgets the tokens of a sequence behind its first ones.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    /// <param name="length">How many tokens stay; at most as many as there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sequence has fewer tokens.</exception>
    public void Truncate(int sequence, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lengths[sequence]);
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

    /// <summary>Appends rows to a layer's keys or values of a sequence, and returns all of them.</summary>
    internal Matrix Append(int layer, bool isValue, int sequence, Rows rows, int first, int count)
    {
        int length = _lengths[sequence];
        ref HostTensor? memory = ref _memory[(((sequence * _layers) + layer) * 2) + (isValue ? 1 : 0)];
        if (memory is null || memory.Shape[0] < length + count)
        {
            HostTensor larger = new(DataType.F32, new TensorShape(Math.Max(checked(length + count), Math.Max(SmallestCapacity, length * 2L)), _width));
            memory?.AsSpan<float>(0, length * _width).CopyTo(larger.AsSpan<float>(0, length * _width));
            memory?.Dispose();
            memory = larger;
        }

        rows.Memory.AsSpan<float>((long)first * _width, count * _width).CopyTo(memory.AsSpan<float>((long)length * _width, count * _width));
        return Matrix.Of(memory).Block(0, 0, length + count, _width);
    }

    /// <summary>Counts tokens whose keys and values all layers have appended.</summary>
    internal void Advance(int sequence, int count) => _lengths[sequence] += count;
}
