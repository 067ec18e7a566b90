using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataShapley.Neighbors;

/// <summary>Orders floats, ties by index, with a radix sort from the least digit.</summary>
/// <remarks>
/// Digits cover the range between the least and the greatest key alone, so that the distances of one test point, which mostly lie within few octaves, take
/// few passes. The first pass makes the pairs of key and index, the last one writes indices alone. Invariant of the unchecked accesses: the
/// buffers hold as many elements as are sorted, and digit offsets, which are sums of counts, stay below that.
/// </remarks>
internal sealed class RadixOrder
{
    // More digits than these would scatter to more lines than a first-level cache holds a way of.
    private const int LargestDigit = 11;

    private const int MostPasses = 3;
    private const uint SignBit = 0x8000_0000;

    private readonly uint[] _keys;
    private readonly ulong[] _from;
    private readonly ulong[] _to;
    private readonly int[] _counts = new int[MostPasses << LargestDigit];
    private readonly float[] _chosen;
    private readonly int[] _chosenRows;

    public RadixOrder(int capacity)
    {
        _keys = new uint[capacity];
        _from = new ulong[capacity];
        _to = new ulong[capacity];
        _chosen = new float[capacity];
        _chosenRows = new int[capacity];
    }

    /// <summary>Writes the indices of the values in ascending order.</summary>
    /// <param name="values">No NaN; minus zero equals zero.</param>
    /// <param name="order">Receives the indices; as long as the values.</param>
    /// <param name="coarseness">Values that differ by no more may stay in the order of their indices, where that spares a pass.</param>
    public void Sort(ReadOnlySpan<float> values, Span<int> order, double coarseness = 0)
    {
        if (values.Length == 0)
        {
            return;
        }

        Span<uint> keys = _keys.AsSpan(0, values.Length);
        (uint least, uint greatest) = MakeKeys(values, keys);
        int bits = 32 - BitOperations.LeadingZeroCount(greatest - least);
        int dropped = ChooseDropped(bits, least, greatest, coarseness);
        bits -= dropped;
        int passes = Math.Max((bits + LargestDigit - 1) / LargestDigit, 1);
        int digit = Math.Max((bits + passes - 1) / passes, 1);
        Count(keys, least, dropped, passes, digit);
        uint mask = (1u << digit) - 1;
        if (passes == 1)
        {
            ScatterOnly(keys, least, _counts.AsSpan(0, 1 << digit), order);
            return;
        }

        ScatterFirst(keys, least, dropped, mask, _counts.AsSpan(0, 1 << digit), _from);
        if (passes == MostPasses)
        {
            ScatterPairs(_from.AsSpan(0, values.Length), digit, mask, _counts.AsSpan(1 << digit, 1 << digit), _to);
        }

        ScatterLast((passes == MostPasses ? _to : _from).AsSpan(0, values.Length), digit * (passes - 1), _counts.AsSpan((passes - 1) << digit, 1 << digit), order);
    }

    /// <summary>Writes the indices of the least values in ascending order, and of all that exceed the greatest of them by no more than a slack.</summary>
    /// <param name="values">No NaN.</param>
    /// <param name="count">How many at least, from 1 to all.</param>
    /// <param name="slack">Not negative.</param>
    /// <param name="order">Receives the indices; as long as the values.</param>
    /// <returns>How many were written.</returns>
    public int SortLeast(ReadOnlySpan<float> values, int count, double slack, Span<int> order)
    {
        Span<uint> keys = _keys.AsSpan(0, values.Length);
        (uint least, uint greatest) = MakeKeys(values, keys);
        int shift = Math.Max(32 - BitOperations.LeadingZeroCount(greatest - least) - LargestDigit, 0);
        Span<int> counts = _counts.AsSpan(0, 1 << LargestDigit);
        counts.Clear();
        foreach (uint key in keys)
        {
            counts[(int)((key - least) >> shift)]++;
        }

        int bucket = 0;
        for (int below = counts[0]; below < count; below += counts[bucket])
        {
            bucket++;
        }

        // The greatest key of the bucket, as a value.
        ulong last = least + (((ulong)bucket + 1) << shift) - 1;
        double limit = ToSingle((uint)Math.Min(last, greatest)) + slack;
        int chosen = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] <= limit)
            {
                _chosen[chosen] = values[i];
                _chosenRows[chosen++] = i;
            }
        }

        Sort(_chosen.AsSpan(0, chosen), order[..chosen]);
        for (int i = 0; i < chosen; i++)
        {
            order[i] = _chosenRows[order[i]];
        }

        return chosen;
    }

    // Flips negative floats and the sign of the others: unsigned integers in the order of the floats.
    private static (uint Least, uint Greatest) MakeKeys(ReadOnlySpan<float> values, Span<uint> keys)
    {
        Vector<uint> leasts = new(uint.MaxValue);
        Vector<uint> greatests = Vector<uint>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<int> bits = Vector.AsVectorInt32(new Vector<float>(values[i..]) + Vector<float>.Zero);
            Vector<uint> key = Vector.AsVectorUInt32(bits ^ (Vector.ShiftRightArithmetic(bits, 31) | new Vector<int>(int.MinValue)));
            key.CopyTo(keys[i..]);
            leasts = Vector.Min(leasts, key);
            greatests = Vector.Max(greatests, key);
        }

        uint least = uint.MaxValue;
        uint greatest = 0;
        for (int lane = 0; lane < Vector<uint>.Count; lane++)
        {
            least = Math.Min(least, leasts[lane]);
            greatest = Math.Max(greatest, greatests[lane]);
        }

        for (; i < values.Length; i++)
        {
            int bits = BitConverter.SingleToInt32Bits(values[i] + 0f);
            uint key = (uint)bits ^ ((uint)(bits >> 31) | SignBit);
            keys[i] = key;
            least = Math.Min(least, key);
            greatest = Math.Max(greatest, key);
        }

        return (least, greatest);
    }

    /// <summary>How many low bits of the keys two passes leave out, 0 if they would leave out more than the coarseness.</summary>
    private static int ChooseDropped(int bits, uint least, uint greatest, double coarseness)
    {
        int dropped = bits - (2 * LargestDigit);
        if (dropped <= 0)
        {
            return 0;
        }

        // No two neighbouring floats of the range are further apart than these; infinite ones give a NaN.
        float size = MathF.Max(MathF.Abs(ToSingle(least)), MathF.Abs(ToSingle(greatest)));
        return Math.ScaleB(MathF.BitIncrement(size) - size, dropped) <= coarseness ? dropped : 0;
    }

    private static float ToSingle(uint key) => BitConverter.UInt32BitsToSingle((key & SignBit) != 0 ? key ^ SignBit : ~key);

    /// <summary>Counts all digits in one pass, and turns the counts into where each digit's elements begin.</summary>
    private void Count(ReadOnlySpan<uint> keys, uint least, int dropped, int passes, int digit)
    {
        Span<int> counts = _counts.AsSpan(0, passes << digit);
        counts.Clear();
        ref int first = ref MemoryMarshal.GetReference(counts);
        uint mask = (1u << digit) - 1;
        foreach (uint key in keys)
        {
            uint rest = (key - least) >> dropped;
            for (int pass = 0; pass < passes; pass++)
            {
                Unsafe.Add(ref first, (pass << digit) + (int)(rest & mask))++;
                rest >>= digit;
            }
        }

        for (int pass = 0; pass < passes; pass++)
        {
            int sum = 0;
            foreach (ref int count in counts.Slice(pass << digit, 1 << digit))
            {
                int start = sum;
                sum += count;
                count = start;
            }
        }
    }

    private static void ScatterOnly(ReadOnlySpan<uint> keys, uint least, Span<int> offsets, Span<int> order)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            order[offsets[(int)(keys[i] - least)]++] = i;
        }
    }

    private static void ScatterFirst(ReadOnlySpan<uint> keys, uint least, int dropped, uint mask, Span<int> offsets, ulong[] pairs)
    {
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref ulong pair = ref MemoryMarshal.GetArrayDataReference(pairs);
        for (int i = 0; i < keys.Length; i++)
        {
            uint key = (keys[i] - least) >> dropped;
            Unsafe.Add(ref pair, Unsafe.Add(ref offset, (int)(key & mask))++) = ((ulong)key << 32) | (uint)i;
        }
    }

    private static void ScatterPairs(ReadOnlySpan<ulong> from, int shift, uint mask, Span<int> offsets, ulong[] to)
    {
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref ulong pair = ref MemoryMarshal.GetArrayDataReference(to);
        foreach (ulong element in from)
        {
            Unsafe.Add(ref pair, Unsafe.Add(ref offset, (int)((uint)(element >> (32 + shift)) & mask))++) = element;
        }
    }

    private static void ScatterLast(ReadOnlySpan<ulong> from, int shift, Span<int> offsets, Span<int> order)
    {
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref int index = ref MemoryMarshal.GetReference(order);
        foreach (ulong element in from)
        {
            Unsafe.Add(ref index, Unsafe.Add(ref offset, (int)(element >> (32 + shift)))++) = (int)(uint)element;
        }
    }
}
