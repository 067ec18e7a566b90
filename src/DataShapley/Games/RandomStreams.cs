using ModelTensors;

namespace DataShapley.Games;

/// <summary>Streams of random numbers, each a function of a seed, a name and an index, and of nothing else: not of the order or the thread in which it is read.</summary>
public sealed class RandomStreams
{
    private readonly PhiloxKey _key;

    /// <summary>Creates the streams of one purpose.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="name">What the numbers are for, so that two purposes of one run do not share them.</param>
    public RandomStreams(ulong seed, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _key = Philox.DeriveKey(seed, "DataShapley", name);
    }

    /// <summary>Opens a stream at its beginning.</summary>
    /// <param name="index">Which stream, such as the number of a draw.</param>
    public RandomSequence At(long index) => new(_key, (ulong)index);

    /// <summary>Computes one 64-bit number.</summary>
    /// <param name="index">Which stream.</param>
    /// <param name="position">Which number of it; numbers of <see cref="At"/> are others.</param>
    public ulong Word(long index, long position)
    {
        (uint low, uint high, _, _) = Philox.Block((ulong)position | (1UL << 63), (ulong)index, _key);
        return low | ((ulong)high << 32);
    }
}
