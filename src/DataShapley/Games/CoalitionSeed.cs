namespace DataShapley.Games;

/// <summary>A seed that is a function of the coalition, so that a model trained with it is one as well.</summary>
internal static class CoalitionSeed
{
    public static ulong Of(Coalition coalition)
    {
        ulong hash = Mix((ulong)coalition.PlayerCount);
        foreach (ulong word in coalition.Words)
        {
            hash = Mix(hash ^ word);
        }

        return hash;
    }

    // The finaliser of SplitMix64: a bijection in which each bit of the input moves every bit of the output.
    private static ulong Mix(ulong x)
    {
        x += 0x9E37_79B9_7F4A_7C15;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
