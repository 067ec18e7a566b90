using System.Numerics;
using System.Runtime.InteropServices;

namespace ModelTensors.Devices.Cpu;

/// <summary>
/// Ranks the keys of a row, exactly and in linear time: a radix sort from the lowest digit, which keeps equal keys in their order, and whose last
/// scatter writes ranks instead of keys.
/// </summary>
/// <remarks>
/// Differences of 16-bit floats use few of their 31 bits: low ones that no key has and the range below the smallest are cut off first, which leaves
/// one or two digits.
/// </remarks>
internal sealed class RowRanker
{
    private const int LargestDigit = 11;
    private const int SmallestDigit = 6;

    // Below this comparing each with each is cheaper than clearing bins.
    private const int ShortRow = 24;

    // 31 bits in digits of 11; narrower digits are more but take less.
    private readonly int[] _bins = new int[3 << LargestDigit];

    /// <summary>Replaces keys by their ranks, ascending; of equal keys the first has the lower rank.</summary>
    /// <param name="keys">The keys, all below 2³¹.</param>
    /// <param name="first">Room for as many entries.</param>
    /// <param name="second">The same.</param>
    public void Rank(Span<uint> keys, Span<ulong> first, Span<ulong> second)
    {
        if (keys.Length <= ShortRow)
        {
            RankByComparing(keys);
            return;
        }

        KeyRange range = KeyRange.Of(keys);
        int widest = Math.Clamp(BitOperations.Log2((uint)keys.Length), SmallestDigit, LargestDigit);
        int digits = Math.Max(1, (range.Bits + widest - 1) / widest);
        int width = Math.Max(1, (range.Bits + digits - 1) / digits);
        if (digits == 1)
        {
            RankByCounting(keys, range, _bins.AsSpan(0, 1 << width));
            return;
        }

        Span<int> bins = _bins.AsSpan(0, digits << width);
        Count(keys, range, bins, digits, width);
        Span<int> digitBins = bins[..(1 << width)];
        for (int i = 0; i < keys.Length; i++)
        {
            uint offset = range.Offset(keys[i]);
            first[digitBins[Digit(offset, 0, width)]++] = ((ulong)offset << 32) | (uint)i;
        }

        for (int digit = 1; digit < digits - 1; digit++)
        {
            digitBins = bins.Slice(digit << width, 1 << width);
            foreach (ulong entry in first[..keys.Length])
            {
                second[digitBins[Digit((uint)(entry >> 32), digit * width, width)]++] = entry;
            }

            Span<ulong> sorted = second;
            second = first;
            first = sorted;
        }

        digitBins = bins.Slice((digits - 1) << width, 1 << width);
        foreach (ulong entry in first[..keys.Length])
        {
            keys[(int)(uint)entry] = (uint)digitBins[Digit((uint)(entry >> 32), (digits - 1) * width, width)]++;
        }
    }

    private static void RankByComparing(Span<uint> keys)
    {
        Span<uint> ranks = stackalloc uint[ShortRow];
        for (int i = 0; i < keys.Length; i++)
        {
            uint rank = 0;
            for (int j = 0; j < keys.Length; j++)
            {
                rank += keys[j] < keys[i] || (keys[j] == keys[i] && j < i) ? 1u : 0;
            }

            ranks[i] = rank;
        }

        ranks[..keys.Length].CopyTo(keys);
    }

    private static void RankByCounting(Span<uint> keys, KeyRange range, Span<int> bins)
    {
        bins.Clear();
        foreach (uint key in keys)
        {
            bins[(int)range.Offset(key)]++;
        }

        Accumulate(bins);
        foreach (ref uint key in keys)
        {
            key = (uint)bins[(int)range.Offset(key)]++;
        }
    }

    /// <summary>Counts all digits at once, and turns the counts into places.</summary>
    private static void Count(ReadOnlySpan<uint> keys, KeyRange range, Span<int> bins, int digits, int width)
    {
        bins.Clear();
        foreach (uint key in keys)
        {
            uint offset = range.Offset(key);
            for (int digit = 0; digit < digits; digit++)
            {
                bins[(digit << width) + Digit(offset, digit * width, width)]++;
            }
        }

        for (int digit = 0; digit < digits; digit++)
        {
            Accumulate(bins.Slice(digit << width, 1 << width));
        }
    }

    private static void Accumulate(Span<int> bins)
    {
        int sum = 0;
        foreach (ref int bin in bins)
        {
            (bin, sum) = (sum, sum + bin);
        }
    }

    private static int Digit(uint offset, int shift, int width) => (int)(offset >> shift) & ((1 << width) - 1);

    /// <summary>What the keys of a row have in common.</summary>
    private readonly record struct KeyRange(uint Base, int Shift, int Bits)
    {
        public static KeyRange Of(ReadOnlySpan<uint> keys)
        {
            // Subtracting one sends zero to the top: so this finds the smallest key above zero.
            uint least = uint.MaxValue;
            uint most = 0;
            uint any = 0;
            ReadOnlySpan<Vector<uint>> vectors = MemoryMarshal.Cast<uint, Vector<uint>>(keys);
            Vector<uint> leasts = new(least);
            Vector<uint> mosts = Vector<uint>.Zero;
            Vector<uint> anys = Vector<uint>.Zero;
            foreach (Vector<uint> vector in vectors)
            {
                leasts = Vector.Min(leasts, vector - Vector<uint>.One);
                mosts = Vector.Max(mosts, vector);
                anys |= vector;
            }

            for (int lane = 0; lane < Vector<uint>.Count; lane++)
            {
                (least, most, any) = (Math.Min(least, leasts[lane]), Math.Max(most, mosts[lane]), any | anys[lane]);
            }

            foreach (uint key in keys[(vectors.Length * Vector<uint>.Count)..])
            {
                (least, most, any) = (Math.Min(least, key - 1), Math.Max(most, key), any | key);
            }

            if (any == 0)
            {
                return new KeyRange(0, 0, 1);
            }

            // Zero stays below the smallest other key by one step.
            int shift = BitOperations.TrailingZeroCount(any);
            uint origin = least + 1 - (1u << shift);
            return new KeyRange(origin, shift, 32 - BitOperations.LeadingZeroCount((most - origin) >> shift));
        }

        public uint Offset(uint key) => (Math.Max(key, Base) - Base) >> Shift;
    }
}
