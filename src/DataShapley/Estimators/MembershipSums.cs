using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>For each player, sums over the coalitions that hold the player: some numbers of each coalition, and how many there are.</summary>
internal sealed class MembershipSums
{
    private readonly long[] _counts;
    private readonly double[][] _sums;

    public MembershipSums(int playerCount, int columns)
    {
        // Whole words, so that the loops have no remainder: bits past the last player are 0 and add nothing.
        int padded = checked(Coalition.WordCount(playerCount) * Coalition.WordBits);
        _counts = new long[padded];
        _sums = [.. Enumerable.Range(0, columns).Select(_ => new double[padded])];
    }

    public long Count(int player) => _counts[player];

    public double Sum(int column, int player) => _sums[column][player];

    /// <summary>Adds a coalition.</summary>
    /// <param name="words">Its members as bits.</param>
    /// <param name="numbers">One number for each column.</param>
    public void Add(ReadOnlySpan<ulong> words, ReadOnlySpan<double> numbers)
    {
        AddOne(words, _counts);
        for (int column = 0; column < _sums.Length; column++)
        {
            AddNumber(words, numbers[column], _sums[column]);
        }
    }

    // Four players at once: each lane tests its own bit of the word, and the mask of all ones, which is −1, lets the number through. Those who
    // are not members get +0 added, which changes no sum: so the bits are those of a loop over the members, whatever the width of vectors.
    private static void AddNumber(ReadOnlySpan<ulong> words, double number, double[] sums)
    {
        Vector256<ulong> bits = Vector256.Create(1UL, 2, 4, 8);
        Vector256<double> addend = Vector256.Create(number);
        Span<Vector256<double>> lanes = MemoryMarshal.Cast<double, Vector256<double>>(sums.AsSpan());
        int quarters = Coalition.WordBits / Vector256<double>.Count;
        for (int i = 0; i < words.Length; i++)
        {
            ulong word = words[i];
            Span<Vector256<double>> target = lanes.Slice(i * quarters, quarters);
            for (int j = 0; j < target.Length; j++)
            {
                Vector256<ulong> mask = Vector256.Equals(Vector256.Create(word) & bits, bits);
                target[j] += mask.AsDouble() & addend;
                word >>= Vector256<double>.Count;
            }
        }
    }

    private static void AddOne(ReadOnlySpan<ulong> words, long[] counts)
    {
        Vector256<ulong> bits = Vector256.Create(1UL, 2, 4, 8);
        Span<Vector256<long>> lanes = MemoryMarshal.Cast<long, Vector256<long>>(counts.AsSpan());
        int quarters = Coalition.WordBits / Vector256<long>.Count;
        for (int i = 0; i < words.Length; i++)
        {
            ulong word = words[i];
            Span<Vector256<long>> target = lanes.Slice(i * quarters, quarters);
            for (int j = 0; j < target.Length; j++)
            {
                target[j] -= Vector256.Equals(Vector256.Create(word) & bits, bits).AsInt64();
                word >>= Vector256<long>.Count;
            }
        }
    }
}
