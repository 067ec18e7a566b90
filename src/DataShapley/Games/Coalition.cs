using System.Numerics;
using System.Runtime.InteropServices;

namespace DataShapley.Games;

/// <summary>A set of players: which training points, groups or proxies take part. Immutable; equal by its members.</summary>
public sealed class Coalition : IEquatable<Coalition>
{
    internal const int WordBits = 64;

    private readonly ulong[] _words;
    private int _hash;

    private Coalition(int playerCount, ulong[] words, int size)
    {
        PlayerCount = playerCount;
        _words = words;
        Size = size;
    }

    /// <summary>Gets the number of players of the game.</summary>
    public int PlayerCount { get; }

    /// <summary>Gets the number of players that take part.</summary>
    public int Size { get; }

    /// <summary>Gets whether nobody takes part.</summary>
    public bool IsEmpty => Size == 0;

    /// <summary>Gets whether everybody takes part.</summary>
    public bool IsFull => Size == PlayerCount;

    /// <summary>Gets the members as bits: bit i mod 64 of word i / 64 is player i; bits past the last player are 0.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>Creates the coalition of nobody.</summary>
    /// <param name="playerCount">The number of players, not negative.</param>
    public static Coalition Empty(int playerCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(playerCount);
        return new Coalition(playerCount, new ulong[WordCount(playerCount)], 0);
    }

    /// <summary>Creates the coalition of everybody.</summary>
    /// <param name="playerCount">The number of players, not negative.</param>
    public static Coalition Full(int playerCount) => Empty(playerCount).Complement();

    /// <summary>Creates a coalition of some players.</summary>
    /// <param name="playerCount">The number of players, not negative.</param>
    /// <param name="members">Who takes part, in any order; naming one twice changes nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">A member is no player.</exception>
    public static Coalition Of(int playerCount, params ReadOnlySpan<int> members)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(playerCount);
        ulong[] words = new ulong[WordCount(playerCount)];
        int size = 0;
        foreach (int member in members)
        {
            CheckPlayer(member, playerCount);
            ulong bit = 1UL << (member % WordBits);
            size += (words[member / WordBits] & bit) == 0 ? 1 : 0;
            words[member / WordBits] |= bit;
        }

        return new Coalition(playerCount, words, size);
    }

    /// <summary>Creates a coalition from its bits.</summary>
    /// <param name="playerCount">The number of players, not negative.</param>
    /// <param name="words">The bits as in <see cref="Words"/>, ⌈players / 64⌉ words; they are copied.</param>
    /// <exception cref="ArgumentException">There are more or fewer words, or bits past the last player.</exception>
    public static Coalition FromWords(int playerCount, ReadOnlySpan<ulong> words)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(playerCount);
        if (words.Length != WordCount(playerCount) || (words.Length > 0 && (words[^1] & ~LastMask(playerCount)) != 0))
        {
            throw new ArgumentException($"{playerCount} players take {WordCount(playerCount)} words without bits past the last player; there are {words.Length}.", nameof(words));
        }

        return new Coalition(playerCount, words.ToArray(), Count(words));
    }

    /// <summary>Says whether a player takes part.</summary>
    /// <param name="player">The player, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such player.</exception>
    public bool Contains(int player)
    {
        CheckPlayer(player, PlayerCount);
        return (_words[player / WordBits] >> (player % WordBits) & 1) != 0;
    }

    /// <summary>Creates the coalition with one player more.</summary>
    /// <param name="player">The player, from 0; one who takes part already changes nothing.</param>
    public Coalition With(int player)
    {
        if (Contains(player))
        {
            return this;
        }

        ulong[] words = [.. _words];
        words[player / WordBits] |= 1UL << (player % WordBits);
        return new Coalition(PlayerCount, words, Size + 1);
    }

    /// <summary>Creates the coalition with one player less.</summary>
    /// <param name="player">The player, from 0; one who does not take part changes nothing.</param>
    public Coalition Without(int player)
    {
        if (!Contains(player))
        {
            return this;
        }

        ulong[] words = [.. _words];
        words[player / WordBits] &= ~(1UL << (player % WordBits));
        return new Coalition(PlayerCount, words, Size - 1);
    }

    /// <summary>Creates the coalition with some players more.</summary>
    /// <param name="players">The players; those that take part already change nothing.</param>
    public Coalition With(ReadOnlySpan<int> players)
    {
        ulong[] words = [.. _words];
        foreach (int player in players)
        {
            CheckPlayer(player, PlayerCount);
            words[player / WordBits] |= 1UL << (player % WordBits);
        }

        return new Coalition(PlayerCount, words, Count(words));
    }

    /// <summary>Creates the coalition of all others.</summary>
    public Coalition Complement()
    {
        ulong[] words = new ulong[_words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = ~_words[i];
        }

        if (words.Length > 0)
        {
            words[^1] &= LastMask(PlayerCount);
        }

        return new Coalition(PlayerCount, words, PlayerCount - Size);
    }

    /// <summary>Lists the members, ascending.</summary>
    public int[] ToArray()
    {
        int[] members = new int[Size];
        int count = 0;
        for (int i = 0; i < _words.Length; i++)
        {
            for (ulong word = _words[i]; word != 0; word &= word - 1)
            {
                members[count++] = (i * WordBits) + BitOperations.TrailingZeroCount(word);
            }
        }

        return members;
    }

    /// <inheritdoc />
    public bool Equals(Coalition? other) =>
        other is not null && PlayerCount == other.PlayerCount && Size == other.Size && _words.AsSpan().SequenceEqual(other._words);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Coalition);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        if (_hash == 0)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes<ulong>(_words));
            _hash = hash.ToHashCode() | 1;
        }

        return _hash;
    }

    /// <summary>Writes the size and the first members, as in <c>3 of 5 players: 0, 2, 4</c>.</summary>
    public override string ToString()
    {
        const int Shown = 10;
        int[] members = ToArray();
        string list = string.Join(", ", members.Take(Shown));
        return $"{Size} of {PlayerCount} players{(Size == 0 ? string.Empty : ": ")}{list}{(Size > Shown ? ", …" : string.Empty)}";
    }

    internal static int WordCount(int playerCount) => (int)(((long)playerCount + WordBits - 1) / WordBits);

    internal static ulong LastMask(int playerCount) => playerCount % WordBits == 0 ? ulong.MaxValue : (1UL << (playerCount % WordBits)) - 1;

    // Takes the words over: the caller does not write to them afterwards.
    internal static Coalition Adopt(int playerCount, ulong[] words) => new(playerCount, words, Count(words));

    private static int Count(ReadOnlySpan<ulong> words)
    {
        int count = 0;
        foreach (ulong word in words)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    private static void CheckPlayer(int player, int playerCount)
    {
        if ((uint)player >= (uint)playerCount)
        {
            throw new ArgumentOutOfRangeException(nameof(player), player, $"There is no player {player}: the game has {playerCount}, counted from 0.");
        }
    }
}
