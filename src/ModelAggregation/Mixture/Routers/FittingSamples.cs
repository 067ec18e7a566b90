namespace ModelAggregation.Mixture.Routers;

/// <summary>What a router is fitted to: states in double, scaled, with labels and weights that sum to 1.</summary>
internal sealed class FittingSamples
{
    private readonly double[] _values;

    private FittingSamples(double[] values, int[] labels, double[] weights, double[] centres, double[] scales, int expertCount)
    {
        _values = values;
        Labels = labels;
        Weights = weights;
        Centres = centres;
        Scales = scales;
        ExpertCount = expertCount;
    }

    public int Count => Labels.Length;

    public int HiddenSize => Scales.Length;

    public int ExpertCount { get; }

    public int[] Labels { get; }

    public double[] Weights { get; }

    /// <summary>What was subtracted from each element, before it was divided.</summary>
    public double[] Centres { get; }

    /// <summary>What each element was divided by.</summary>
    public double[] Scales { get; }

    public ReadOnlySpan<double> this[int sample] => _values.AsSpan(sample * HiddenSize, HiddenSize);

    public static FittingSamples Of(RouterFeatures features, int layer, int[] prompts, bool scales, bool centres)
    {
        int hidden = features.HiddenSize;
        double total = prompts.Sum(prompt => features.Prompts[prompt].Weight);
        double[] weights = [.. prompts.Select(prompt => features.Prompts[prompt].Weight / total)];
        double[] values = new double[checked(prompts.Length * hidden)];
        for (int i = 0; i < prompts.Length; i++)
        {
            ReadOnlySpan<float> state = features.State(prompts[i], layer);
            for (int j = 0; j < hidden; j++)
            {
                values[(i * hidden) + j] = state[j];
            }
        }

        double[] means = new double[hidden];
        double[] divisors = new double[hidden];
        Array.Fill(divisors, 1);
        if (scales)
        {
            Measure(values, weights, means, divisors);
        }

        if (!(scales && centres))
        {
            Array.Clear(means);
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (values[i] - means[i % hidden]) / divisors[i % hidden];
        }

        return new FittingSamples(values, [.. prompts.Select(prompt => features.Prompts[prompt].Expert)], weights, means, divisors, features.ExpertCount);
    }

    // Weighted means and deviations. An element that never varies, up to the rounding of its mean, is left as it is.
    private static void Measure(double[] values, double[] weights, double[] means, double[] deviations)
    {
        int hidden = means.Length;
        for (int i = 0; i < values.Length; i++)
        {
            means[i % hidden] += weights[i / hidden] * values[i];
        }

        double[] variances = new double[hidden];
        for (int i = 0; i < values.Length; i++)
        {
            double difference = values[i] - means[i % hidden];
            variances[i % hidden] += weights[i / hidden] * difference * difference;
        }

        for (int j = 0; j < hidden; j++)
        {
            double deviation = Math.Sqrt(variances[j]);
            deviations[j] = deviation > 1e-9 * Math.Abs(means[j]) ? deviation : 1;
        }
    }
}
