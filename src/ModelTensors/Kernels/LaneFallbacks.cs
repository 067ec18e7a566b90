namespace ModelTensors.Kernels;

/// <summary>Operations of <see cref="ILanes{TSelf}"/> for machines without an instruction for them.</summary>
internal static unsafe class LaneFallbacks
{
    public static int StoreCompressed<TLanes>(TLanes value, TLanes mask, uint* destination)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        uint bits = TLanes.MaskBits(mask);
        if (bits == 0)
        {
            return 0;
        }

        uint* lanes = stackalloc uint[16];
        TLanes.Store(value, (float*)lanes);
        int count = 0;
        for (; bits != 0; bits &= bits - 1)
        {
            destination[count++] = lanes[System.Numerics.BitOperations.TrailingZeroCount(bits)];
        }

        return count;
    }

    public static void Philox<TLanes>(ulong counter, PhiloxRoundKeys* keys, out TLanes word0, out TLanes word1, out TLanes word2, out TLanes word3)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        uint* words = stackalloc uint[64];
        for (uint lane = 0; lane < 16; lane++)
        {
            (words[lane], words[16 + lane], words[32 + lane], words[48 + lane]) = ModelTensors.Philox.Block(counter + lane, 0, keys->Key);
        }

        word0 = TLanes.Load((float*)words);
        word1 = TLanes.Load((float*)words + 16);
        word2 = TLanes.Load((float*)words + 32);
        word3 = TLanes.Load((float*)words + 48);
    }
}
