using ModelTensors;

namespace ModelAggregation.Mixture.Routers;

/// <summary>Random weights as a function of a seed and a name, whatever was drawn before.</summary>
internal static class RouterRandom
{
    private const double Unit = 1.0 / (1UL << 53);

    /// <summary>Fills weights with independent normals of mean 0 (Box–Muller in double).</summary>
    public static float[] Normals(ulong seed, string name, int count, double deviation = 1)
    {
        PhiloxKey key = Philox.DeriveKey(seed, name, "router");
        float[] weights = new float[count];
        for (int i = 0; i < count; i++)
        {
            (double first, double second) = Draw(key, i);

            // In (0, 1]: a logarithm of zero cannot occur.
            weights[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - first)) * Math.Cos(2 * Math.PI * second));
        }

        return weights;
    }

    /// <summary>Fills weights with independent uniform numbers between a bound and its negative.</summary>
    public static float[] Uniforms(ulong seed, string name, int count, double bound)
    {
        PhiloxKey key = Philox.DeriveKey(seed, name, "router");
        float[] weights = new float[count];
        for (int i = 0; i < count; i++)
        {
            weights[i] = (float)(((2 * Draw(key, i).First) - 1) * bound);
        }

        return weights;
    }

    /// <summary>Returns a number for each of a range, by which it is ordered at random.</summary>
    public static ulong[] Order(ulong seed, string name, int count)
    {
        PhiloxKey key = Philox.DeriveKey(seed, name, "router");
        return [.. Enumerable.Range(0, count).Select(i => Philox.Block((ulong)i, 0, key)).Select(block => ((ulong)block.Word0 << 32) | block.Word1)];
    }

    // Two uniform numbers in [0, 1).
    private static (double First, double Second) Draw(PhiloxKey key, int index)
    {
        (uint word0, uint word1, uint word2, uint word3) = Philox.Block((ulong)index, 0, key);
        return (((((ulong)word1 << 32) | word0) >> 11) * Unit, ((((ulong)word3 << 32) | word2) >> 11) * Unit);
    }
}
