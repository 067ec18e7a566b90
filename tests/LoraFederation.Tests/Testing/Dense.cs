using LoraFederation.Aggregators;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Tests.Testing;

/// <summary>Products in full, in plain double loops: the reference that everything low-rank is compared with.</summary>
internal static class Dense
{
    /// <summary>Returns <c>factor · scaling · B A</c>, row after row.</summary>
    public static double[] Product(LoraModule module, double factor = 1)
    {
        float[] a = Values(module.A);
        float[] b = Values(module.B);
        int rank = (int)module.Rank;
        int outputs = b.Length / rank;
        int inputs = a.Length / rank;
        double[] product = new double[outputs * inputs];
        for (int i = 0; i < outputs; i++)
        {
            for (int k = 0; k < rank; k++)
            {
                double left = factor * module.Scaling * b[(i * rank) + k];
                for (int j = 0; j < inputs; j++)
                {
                    product[(i * inputs) + j] += left * a[(k * inputs) + j];
                }
            }
        }

        return product;
    }

    /// <summary>Returns <c>Σ p_k s_k B_k A_k</c> of a module over all clients that have it.</summary>
    /// <param name="updates">The updates.</param>
    /// <param name="path">The module's path.</param>
    /// <param name="weights">p_k by client; by examples over all clients when null.</param>
    public static double[] Sum(IReadOnlyList<ClientUpdate> updates, string path, IReadOnlyDictionary<string, double>? weights = null)
    {
        double total = updates.Sum(update => (double)update.Examples);
        double[]? sum = null;
        foreach (ClientUpdate update in updates)
        {
            if (update.Adapter.TryGet(path, out LoraModule? module))
            {
                sum = Add(sum, Product(module, weights?[update.ClientId] ?? (update.Examples / total)));
            }
        }

        return sum!;
    }

    /// <summary>Returns what an aggregate adds to a base weight: the adapter and the residual, or the weighted mean of personal adapters.</summary>
    public static double[] Effect(AggregationResult result, string path)
    {
        double[]? sum = null;
        if (result.Personal.Count > 0)
        {
            foreach ((string client, LoraAdapter adapter) in result.Personal)
            {
                sum = adapter.TryGet(path, out LoraModule? own) ? Add(sum, Product(own, result.Weights[client])) : sum;
            }

            return sum!;
        }

        foreach (LoraAdapter adapter in (LoraAdapter[])[result.Adapter, .. result.Residual is null ? [] : new[] { result.Residual }])
        {
            sum = adapter.TryGet(path, out LoraModule? module) ? Add(sum, Product(module)) : sum;
        }

        return sum!;
    }

    /// <summary>Returns how far an aggregate is from the exact sum, relative to it, for each of its modules.</summary>
    public static double[] Errors(AggregationResult result, IReadOnlyList<ClientUpdate> updates) =>
        [.. result.Adapter.Modules.Select(module => RelativeError(Effect(result, module.Path), Sum(updates, module.Path, result.Weights)))];

    /// <summary>Returns the Frobenius norm of the difference over that of the expected.</summary>
    public static double RelativeError(double[] actual, double[] expected)
    {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }

        return Math.Sqrt(difference / norm);
    }

    public static float[] Values(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        float[] values = new float[source.Shape.ElementCount];
        FloatConversion.Widen(bytes, source.DataType, values);
        return values;
    }

    public static byte[] Bytes(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        return bytes;
    }

    private static double[] Add(double[]? sum, double[] values) => sum is null ? values : [.. sum.Zip(values, (left, right) => left + right)];
}
