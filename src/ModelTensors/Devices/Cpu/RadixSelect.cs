namespace ModelTensors.Devices.Cpu;

/// <summary>Exact selection in an array of keys, in linear time whatever the keys are.</summary>
internal static class RadixSelect
{
    private const int KeyBits = 31;
    private const int DigitBits = 11;

    /// <summary>Finds the key of a rank; the keys are reordered.</summary>
    /// <param name="keys">The keys, below 2^31; at least one.</param>
    /// <param name="rank">The rank counted from the largest, from 0.</param>
    public static uint Largest(Span<uint> keys, long rank)
    {
        Span<int> bins = stackalloc int[1 << DigitBits];
        for (int shift = KeyBits - DigitBits; ; shift = Math.Max(0, shift - DigitBits))
        {
            bins.Clear();
            foreach (uint key in keys)
            {
                bins[Digit(key, shift)]++;
            }

            int digit = bins.Length - 1;
            for (; rank >= bins[digit]; digit--)
            {
                rank -= bins[digit];
            }

            // All that remain share the digits above this one, so it alone decides.
            int matching = 0;
            for (int i = 0; i < keys.Length; i++)
            {
                if (Digit(keys[i], shift) == digit)
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

    private static int Digit(uint key, int shift) => (int)(key >> shift) & ((1 << DigitBits) - 1);
}
