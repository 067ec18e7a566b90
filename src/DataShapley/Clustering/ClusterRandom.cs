using ModelTensors;

namespace DataShapley.Clustering;

/// <summary>The random numbers of one purpose: a function of the seed, the purpose and how many were drawn before.</summary>
internal sealed class ClusterRandom(ulong seed, string purpose, string stream)
{
    private readonly PhiloxKey _key = Philox.DeriveKey(seed, purpose, stream);
    private ulong _drawn;

    /// <summary>Returns a number in [0, 1), of 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Returns a number from 0 to below a bound, each as likely as the others to 2⁻³².</summary>
    public int NextBelow(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    private ulong NextBits()
    {
        (uint low, uint high, _, _) = Philox.Block(_drawn++, 0, _key);
        return low | ((ulong)high << 32);
    }
}
