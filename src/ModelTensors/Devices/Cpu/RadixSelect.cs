using System.Numerics;

namespace ModelTensors.Devices.Cpu;

/// <summary>Exact selection in an array of keys, in linear time whatever the keys are.</summary>
internal static class RadixSelect
{
    private const int DigitBits = 11;

    /// <summary>Finds the key of a rank; the keys are reordered.</summary>
    /// <param name="keys">The keys; at least one.</param>
    /// <param name="lowest">At most every key: the narrower the range, the fewer digits there are.</param>
    /// <param name="highest">At least every key.</param>
    /// <param name="rank">The rank counted from the largest, from 0.</param>
    /// <param name="above">Receives how many keys are larger.</param>
    public static uint Largest(Span<uint> keys, uint lowest, uint highest, long rank, out long above)
    {
        above = 0;
        Span<int> bins = stackalloc int[1 << DigitBits];
        int bits = 32 - BitOperations.LeadingZeroCount(highest - lowest);
        for (int shift = Math.Max(0, bits - DigitBits); ; shift = Math.Max(0, shift - DigitBits))
        {
            bins.Clear();
            foreach (uint key in keys)
            {
                bins[Digit(key - lowest, shift)]++;
            }

            int digit = bins.Length - 1;
            for (; rank >= bins[digit]; digit--)
            {
                rank -= bins[digit];
                above += bins[digit];
            }

            // All that remain share the digits above this one, so it alone decides.
            int matching = 0;
            for (int i = 0; i < keys.Length; i++)
            {
                if (Digit(keys[i] - lowest, shift) == digit)
                {
                    (keys[matching], keys[i]) = (keys[i], keys[matching]);
                    matching++;
                }
            }

            keys = keys[..matching];
            if (shift == 0)
            {
                return keys[0];
            }
        }
    }

    private static int Digit(uint offset, int shift) => (int)(offset >> shift) & ((1 << DigitBits) - 1);
}
