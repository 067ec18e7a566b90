using ModelTensors;

namespace ModelAggregation.Search.Optimizers;

/// <summary>The random numbers of a run, in order (Philox4x32-10).</summary>
internal sealed class OptimizerDraws(ulong seed, string optimizer)
{
    private readonly PhiloxKey _key = Philox.DeriveKey(seed, "ModelAggregation.Search", optimizer);
    private ulong _counter;

    /// <summary>Draws a number uniform in [0, 1).</summary>
    public double NextDouble()
    {
        (uint low, uint high, _, _) = Philox.Block(_counter++, 0, _key);
        return Unit(low, high);
    }

    /// <summary>Draws a standard normal number (Box–Muller, the cosine of each pair).</summary>
    public double NextGaussian()
    {
        (uint low0, uint high0, uint low1, uint high1) = Philox.Block(_counter++, 0, _key);

        // In (0, 1]: a logarithm of zero cannot occur.
        return Math.Sqrt(-2 * Math.Log(1 - Unit(low0, high0))) * Math.Cos(2 * Math.PI * Unit(low1, high1));
    }

    /// <summary>Draws a point uniform in the box.</summary>
    public double[] NextPoint(int dimensions)
    {
        double[] point = new double[dimensions];
        for (int i = 0; i < dimensions; i++)
        {
            point[i] = NextDouble();
        }

        return point;
    }

    private static double Unit(uint low, uint high) => ((low | ((ulong)high << 32)) >> 11) * (1.0 / (1UL << 53));
}
