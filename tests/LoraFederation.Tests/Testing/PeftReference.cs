using LoraFederation.Aggregators.Peft;
using LoraFederation.Combining;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Tests.Testing;

/// <summary>PEFT's combinations in plain double loops over whole tensors, with each scaling counted once.</summary>
internal static class PeftReference
{
    /// <summary>Returns what a combination of one module adds to a weight.</summary>
    public static double[] Combine(IReadOnlyList<(LoraModule Module, double Weight, string Name)> terms, CombinationOptions options)
    {
        CombinationType type = options.Type;
        if (type is CombinationType.Cat or CombinationType.Svd || type.ToString().EndsWith("Svd", StringComparison.Ordinal))
        {
            double[][] products = [.. terms.Select(term => Dense.Product(term.Module))];
            return Merge(products, [.. terms.Select(term => term.Weight)], options, terms[0].Module.Path, [.. terms.Select(term => term.Name)]);
        }

        double[] b = Factor(terms, options, "lora_B", term => term.B, isSigned: false);
        double[] a = Factor(terms, options, "lora_A", term => term.A, isSigned: true);
        return Multiply(b, a, (int)terms[0].Module.Rank);
    }

    private static double[] Factor(
        IReadOnlyList<(LoraModule Module, double Weight, string Name)> terms, CombinationOptions options, string name, Func<LoraModule, TensorSource> factor, bool isSigned) => Merge(
        [.. terms.Select(term => Array.ConvertAll(Dense.Values(factor(term.Module)), value => (double)value))],
        [.. terms.Select(term => Math.Sqrt(Math.Abs(term.Weight * term.Module.Scaling)) * (isSigned ? Math.Sign(term.Weight * term.Module.Scaling) : 1))],
        options,
        $"{terms[0].Module.Path}.{name}",
        [.. terms.Select(term => term.Name)]);

    private static double[] Merge(double[][] tensors, double[] weights, CombinationOptions options, string name, string[] streams)
    {
        string type = options.Type.ToString();
        if (type.StartsWith("Dare", StringComparison.Ordinal))
        {
            tensors = [.. tensors.Select((values, index) => Drop(values, options.Density, Philox.DeriveKey(options.Seed, name, streams[index])))];
        }
        else if (type.StartsWith("Ties", StringComparison.Ordinal) || type.StartsWith("Magnitude", StringComparison.Ordinal))
        {
            tensors = [.. tensors.Select(values => Trim(values, options.Density))];
        }

        bool elects = type.Contains("Ties", StringComparison.Ordinal);
        double[] result = new double[tensors[0].Length];
        for (int i = 0; i < result.Length; i++)
        {
            double vote = tensors.Sum(values => options.MajoritySign == MajoritySign.Total ? values[i] : Math.Sign(values[i]));
            int[] counted = [.. Enumerable.Range(0, tensors.Length).Where(j => !elects || Math.Sign(tensors[j][i]) == (vote >= 0 ? 1 : -1))];
            result[i] = counted.Sum(j => weights[j] * tensors[j][i]) / (elects ? Math.Max(1, counted.Length) : 1);
        }

        return result;
    }

    private static double[] Trim(double[] values, double density)
    {
        HashSet<int> kept = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => Math.Abs(values[i])).Take((int)(density * values.Length))];
        return [.. values.Select((value, index) => kept.Contains(index) ? value : 0)];
    }

    private static double[] Drop(double[] values, double density, PhiloxKey key)
    {
        double limit = Math.Max(1, Math.Round(density * 65536));
        return [.. values.Select((value, index) => Philox.Draw(index, key) < limit ? value * 65536 / limit : 0)];
    }

    private static double[] Multiply(double[] b, double[] a, int rank)
    {
        int outputs = b.Length / rank;
        int inputs = a.Length / rank;
        double[] product = new double[outputs * inputs];
        for (int i = 0; i < product.Length; i++)
        {
            for (int k = 0; k < rank; k++)
            {
                product[i] += b[(i / inputs * rank) + k] * a[(k * inputs) + (i % inputs)];
            }
        }

        return product;
    }
}
