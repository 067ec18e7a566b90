namespace DataShapley.Refinement;

/// <summary>A hash of 64 bits that is the same on every platform and in every process: FNV-1a over UTF-16 units, with a finisher that spreads every bit over all.</summary>
internal static class TextHash
{
    private const ulong Basis = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    public static ulong Start(ulong seed) => Add(Basis, seed);

    public static ulong Add(ulong hash, ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            hash = (hash ^ c) * Prime;
        }

        return hash;
    }

    public static ulong Add(ulong hash, ulong value) => (hash ^ Finish(value)) * Prime;

    // The finisher of SplitMix64: a bijection, each bit of the input changes each of the output half of the time.
    public static ulong Finish(ulong hash)
    {
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }
}
