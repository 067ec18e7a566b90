using ModelTensors;

namespace ModelAggregation.Conformance;

/// <summary>The formulas written down plainly, in double, with a sort for the selection.</summary>
internal sealed class ZooReference(int count)
{
    private const double SignTolerance = 1e-6;

    public double[] Values { get; } = new double[count];

    /// <summary>Gets the largest magnitude that goes into each element.</summary>
    public double[] Scale { get; } = new double[count];

    /// <summary>Gets whether an element's sign is elected by a sum that is zero but for the rounding of weights to float.</summary>
    public bool[] IsUndecided { get; } = new bool[count];

    public static ZooReference Of(string name, string tensor, Dictionary<string, Dictionary<string, float[]>> models) => name switch
    {
        "linear" => Linear(tensor, models),
        "task_arithmetic" => Combine(tensor, models, (_, _) => (null, 1), isElected: false, normalize: false, lambda: 0.4),
        "ties" => Combine(tensor, models, Trim, isElected: true, normalize: true, lambda: 1),
        "ties_rescaled" => Combine(tensor, models, TrimAndRescale, isElected: true, normalize: false, lambda: 1),
        "dare_ties" => Combine(tensor, models, (model, delta) => Drop(tensor, model, delta, byDensity: false), isElected: true, normalize: false, lambda: 1),
        "dare_ties_normalized" => Combine(tensor, models, (model, delta) => Drop(tensor, model, delta, byDensity: true), isElected: true, normalize: true, lambda: 1),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no reference."),
    };

    /// <summary>Finds the elements at which some model's magnitude equals its threshold.</summary>
    public static bool[] TiesAtThreshold(string tensor, Dictionary<string, Dictionary<string, float[]>> models)
    {
        bool[] result = new bool[models[Zoo.Base][tensor].Length];
        for (int model = 0; model < Zoo.Tuned.Length; model++)
        {
            float[] delta = Delta(tensor, model, models);
            bool[] kept = Trim(model, delta).Kept!;
            float threshold = delta.Where((_, i) => kept[i]).Min(MathF.Abs);
            for (int i = 0; i < delta.Length; i++)
            {
                result[i] |= MathF.Abs(delta[i]) == threshold;
            }
        }

        return result;
    }

    private static ZooReference Linear(string tensor, Dictionary<string, Dictionary<string, float[]>> models)
    {
        ZooReference result = new(models[Zoo.Base][tensor].Length);
        for (int i = 0; i < result.Values.Length; i++)
        {
            for (int model = 0; model < Zoo.Tuned.Length; model++)
            {
                double value = models[Zoo.Tuned[model]][tensor][i];
                result.Values[i] += Zoo.Weights[model] * value / Zoo.Weights.Sum();
                result.Scale[i] = Math.Max(result.Scale[i], Math.Abs(value));
            }
        }

        return result;
    }

    private static ZooReference Combine(
        string tensor,
        Dictionary<string, Dictionary<string, float[]>> models,
        Func<int, float[], (bool[]? Kept, double Scale)> sparsify,
        bool isElected,
        bool normalize,
        double lambda)
    {
        float[] origin = models[Zoo.Base][tensor];
        float[][] deltas = [.. Zoo.Tuned.Select((_, model) => Delta(tensor, model, models))];
        (bool[]? Kept, double Scale)[] sparse = [.. deltas.Select((delta, model) => sparsify(model, delta))];
        ZooReference result = new(origin.Length);
        double[] terms = new double[deltas.Length];
        for (int i = 0; i < origin.Length; i++)
        {
            for (int model = 0; model < deltas.Length; model++)
            {
                terms[model] = sparse[model].Kept is { } kept && !kept[i] ? 0 : Zoo.Weights[model] * sparse[model].Scale * deltas[model][i];
                result.Scale[i] = Math.Max(result.Scale[i], Math.Max(Math.Abs(models[Zoo.Tuned[model]][tensor][i]), Math.Abs(terms[model])));
            }

            double sum = terms.Sum();
            bool isPositive = sum >= 0;
            double mix = isElected ? terms.Where(term => term != 0 && term > 0 == isPositive).Sum() : sum;
            double divisor = isElected ? Zoo.Weights.Where((_, model) => terms[model] != 0 && terms[model] > 0 == isPositive).Sum() : Zoo.Weights.Sum();
            double divided = normalize && divisor != 0 ? mix / divisor : mix;
            result.Values[i] = origin[i] + (lambda * divided);
            result.Scale[i] = Math.Max(result.Scale[i], Math.Abs((double)origin[i]));
            result.IsUndecided[i] = isElected && Math.Abs(sum) < SignTolerance * terms.Sum(Math.Abs);
        }

        return result;
    }

    // Ties at the threshold keep their order: the sort is stable, so the lowest indices come first.
    private static (bool[]? Kept, double Scale) Trim(int model, float[] delta)
    {
        bool[] kept = new bool[delta.Length];
        int count = Math.Max(1, (int)Math.Floor(Zoo.Densities[model] * delta.Length));
        foreach (int index in Enumerable.Range(0, delta.Length).OrderByDescending(i => MathF.Abs(delta[i])).Take(count))
        {
            kept[index] = true;
        }

        return (kept, 1);
    }

    private static (bool[]? Kept, double Scale) TrimAndRescale(int model, float[] delta)
    {
        bool[] kept = Trim(model, delta).Kept!;
        return (kept, Ratio(delta, kept));
    }

    // The layout of the draws is public and frozen, so the masks can be told from outside.
    private static (bool[]? Kept, double Scale) Drop(string tensor, int model, float[] delta, bool byDensity)
    {
        PhiloxKey key = Philox.DeriveKey(Zoo.Seed, tensor, Zoo.Tuned[model]);
        double limit = Math.Round(Zoo.Densities[model] * 65_536, MidpointRounding.ToEven);
        bool[] kept = [.. Enumerable.Range(0, delta.Length).Select(i => Philox.Draw(i, key) < limit)];
        return (kept, byDensity ? 65_536 / limit : Ratio(delta, kept));
    }

    private static double Ratio(float[] delta, bool[] kept)
    {
        double all = delta.Sum(value => Math.Abs((double)value));
        double rest = delta.Where((_, i) => kept[i]).Sum(value => Math.Abs((double)value));
        return all < 1e-7 || rest < 1e-7 ? 1 : all / rest;
    }

    // In float, as documented: two bfloat16 numbers of very different size have no exact difference there.
    private static float[] Delta(string tensor, int model, Dictionary<string, Dictionary<string, float[]>> models) =>
        [.. models[Zoo.Tuned[model]][tensor].Zip(models[Zoo.Base][tensor], (value, origin) => value - origin)];
}
