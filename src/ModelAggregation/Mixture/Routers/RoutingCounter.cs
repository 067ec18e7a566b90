namespace ModelAggregation.Mixture.Routers;

/// <summary>Adds up where tokens or sequences were routed.</summary>
internal sealed class RoutingCounter(int expertCount, int chosen)
{
    private readonly long[] _choices = new long[expertCount];
    private readonly double[] _probabilities = new double[expertCount];
    private double _entropy;
    private long _count;

    public void Add(ReadOnlySpan<float> logits, ReadOnlySpan<bool> mask)
    {
        int rows = logits.Length / expertCount;
        if (logits.Length % expertCount != 0 || (!mask.IsEmpty && mask.Length != rows))
        {
            throw new ArgumentException($"{logits.Length} logits and a mask of {mask.Length} are not [tokens, {expertCount}] and [tokens].", nameof(logits));
        }

        double[] row = new double[expertCount];
        for (int token = 0; token < rows; token++)
        {
            if (!mask.IsEmpty && !mask[token])
            {
                continue;
            }

            for (int expert = 0; expert < row.Length; expert++)
            {
                row[expert] = logits[(token * expertCount) + expert];
            }

            ExpertChoice choice = ExpertChoice.Of(row, chosen);
            foreach (int expert in choice.Experts)
            {
                _choices[expert]++;
            }

            for (int expert = 0; expert < row.Length; expert++)
            {
                _probabilities[expert] += choice.Probabilities[expert];
            }

            _entropy += Entropy(choice.Probabilities);
            _count++;
        }
    }

    public void Add(RoutingCounter other)
    {
        for (int expert = 0; expert < expertCount; expert++)
        {
            _choices[expert] += other._choices[expert];
            _probabilities[expert] += other._probabilities[expert];
        }

        _entropy += other._entropy;
        _count += other._count;
    }

    public LayerRouting Finish()
    {
        if (_count == 0)
        {
            throw new ArgumentException("No token or sequence counts: there is nothing to say of its routing.");
        }

        double[] load = Array.ConvertAll(_choices, choices => (double)choices / _count);
        double[] probability = Array.ConvertAll(_probabilities, sum => sum / _count);
        double product = 0;
        for (int expert = 0; expert < expertCount; expert++)
        {
            product += load[expert] * probability[expert];
        }

        return new LayerRouting
        {
            Count = _count,
            Load = load,
            MeanProbability = probability,
            Entropy = _entropy / _count,
            UsageEntropy = Entropy(probability),
            LoadBalancingLoss = expertCount * product,
        };
    }

    private static double Entropy(IReadOnlyList<double> probabilities)
    {
        double sum = 0;
        foreach (double probability in probabilities)
        {
            sum -= probability > 0 ? probability * Math.Log(probability) : 0;
        }

        return sum;
    }
}
