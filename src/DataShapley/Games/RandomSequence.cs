using ModelTensors;

namespace DataShapley.Games;

/// <summary>A stream of random numbers (Philox4x32-10). Not thread-safe: a stream belongs to one draw.</summary>
public sealed class RandomSequence
{
    private readonly PhiloxKey _key;
    private readonly ulong _index;
    private ulong _counter;
    private ulong _spare;
    private bool _hasSpare;

    internal RandomSequence(PhiloxKey key, ulong index)
    {
        _key = key;
        _index = index;
    }

    /// <summary>Draws 64 random bits.</summary>
    public ulong NextWord()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spare;
        }

        (uint word0, uint word1, uint word2, uint word3) = Philox.Block(_counter++, _index, _key);
        _spare = word2 | ((ulong)word3 << 32);
        _hasSpare = true;
        return word0 | ((ulong)word1 << 32);
    }

    /// <summary>Draws a number uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextWord() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Draws an integer uniform in [0, bound), without bias.</summary>
    /// <param name="bound">Above zero.</param>
    public int NextBelow(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);

        // Lemire's multiplication: the low half decides whether this word would favour some numbers.
        ulong limit = (ulong)bound;
        UInt128 product = (UInt128)NextWord() * limit;
        if ((ulong)product < limit)
        {
            ulong threshold = (0 - limit) % limit;
            while ((ulong)product < threshold)
            {
                product = (UInt128)NextWord() * limit;
            }
        }

        return (int)(ulong)(product >> 64);
    }

    /// <summary>Draws a standard normal number (Box–Muller, the cosine of each pair).</summary>
    public double NextGaussian() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Puts items in random order, each order equally likely.</summary>
    /// <typeparam name="T">What is ordered.</typeparam>
    /// <param name="items">The items.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = NextBelow(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    /// <summary>Draws an order of the numbers 0 … count − 1.</summary>
    /// <param name="count">Not negative.</param>
    public int[] NextPermutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        Shuffle(order.AsSpan());
        return order;
    }

    /// <summary>Draws a coalition of a given size, each equally likely.</summary>
    /// <param name="playerCount">The number of players.</param>
    /// <param name="size">The size, from 0 to the number of players.</param>
    public Coalition NextOfSize(int playerCount, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, playerCount);

        // Floyd's: one draw for each member of the smaller side.
        bool isSmall = size <= playerCount / 2;
        int picked = isSmall ? size : playerCount - size;
        ulong[] words = new ulong[Coalition.WordCount(playerCount)];
        for (int last = playerCount - picked; last < playerCount; last++)
        {
            int player = NextBelow(last + 1);
            bool isTaken = (words[player / Coalition.WordBits] >> (player % Coalition.WordBits) & 1) != 0;
            int chosen = isTaken ? last : player;
            words[chosen / Coalition.WordBits] |= 1UL << (chosen % Coalition.WordBits);
        }

        Coalition coalition = Coalition.Adopt(playerCount, words);
        return isSmall ? coalition : coalition.Complement();
    }

    /// <summary>Draws a coalition that each player joins independently.</summary>
    /// <param name="playerCount">The number of players.</param>
    /// <param name="probability">The probability of joining, in [0, 1]; ½ takes one bit a player.</param>
    public Coalition NextBernoulli(int playerCount, double probability)
    {
        if (!(probability is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability lies in [0, 1].");
        }

        ulong[] words = new ulong[Coalition.WordCount(playerCount)];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = probability == 0.5 ? NextWord() : NextBiasedWord(probability);
        }

        if (words.Length > 0)
        {
            words[^1] &= Coalition.LastMask(playerCount);
        }

        return Coalition.Adopt(playerCount, words);
    }

    private ulong NextBiasedWord(double probability)
    {
        ulong word = 0;
        for (int bit = 0; bit < Coalition.WordBits; bit++)
        {
            word |= NextDouble() < probability ? 1UL << bit : 0;
        }

        return word;
    }
}
