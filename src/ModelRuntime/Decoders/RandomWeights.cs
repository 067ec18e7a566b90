using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>Fresh weights as a function of a key and the element's index.</summary>
internal static class RandomWeights
{
    // 2⁻³²: words become the middles of as many equal parts of (0, 1).
    private const double WordScale = 1.0 / (1L << 32);

    /// <summary>Fills a tensor uniformly from (−bound, bound).</summary>
    public static void Uniform(HostTensor tensor, double bound, PhiloxKey key) =>
        Fill(tensor, key, (first, _) => bound * ((2 * first) - 1));

    /// <summary>Fills a tensor from a normal distribution, by Box and Muller's transform.</summary>
    public static void Normal(HostTensor tensor, double deviation, PhiloxKey key) =>
        Fill(tensor, key, (first, second) => deviation * Math.Sqrt(-2 * Math.Log(first)) * Math.Cos(2 * Math.PI * second));

    private static void Fill(HostTensor tensor, PhiloxKey key, Func<double, double, double> value)
    {
        Span<float> elements = tensor.AsSpan<float>(0, checked((int)tensor.Shape.ElementCount));
        for (int i = 0; i < elements.Length; i++)
        {
            (uint word0, uint word1, _, _) = Philox.Block((ulong)i, 0, key);
            elements[i] = (float)value((word0 + 0.5) * WordScale, (word1 + 0.5) * WordScale);
        }
    }
}
