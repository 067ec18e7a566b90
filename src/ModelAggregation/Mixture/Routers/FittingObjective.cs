namespace ModelAggregation.Mixture.Routers;

/// <summary>What the fit of a kind of router minimises.</summary>
internal abstract class FittingObjective(FittingSamples samples, double penalty)
{
    /// <summary>Gets where the fit starts.</summary>
    public abstract double[] Start { get; }

    protected FittingSamples Samples { get; } = samples;

    protected double Penalty { get; } = penalty;

    /// <summary>Computes value and gradient at a point.</summary>
    public abstract double Evaluate(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>Makes the router of a point, for states as they are.</summary>
    public abstract Router ToRouter(ReadOnlySpan<double> point);

    /// <summary>Turns the logits of a sample into the derivatives of its weighted loss, and returns the loss.</summary>
    protected double Differentiate(int sample, Span<double> logits)
    {
        int label = Samples.Labels[sample];
        double weight = Samples.Weights[sample];
        double sum = RouterFitScore.LogSum(logits);
        double loss = weight * (sum - logits[label]);
        for (int expert = 0; expert < logits.Length; expert++)
        {
            logits[expert] = weight * (Math.Exp(logits[expert] - sum) - (expert == label ? 1 : 0));
        }

        return loss;
    }

    /// <summary>Adds the penalty of weights to their gradient, and returns it.</summary>
    protected double Penalize(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        double square = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            square = Math.FusedMultiplyAdd(weights[i], weights[i], square);
            gradient[i] = Math.FusedMultiplyAdd(Penalty, weights[i], gradient[i]);
        }

        return Penalty / 2 * square;
    }

    // Four chains, so that one multiplication need not wait for the one before; their order is fixed.
    protected static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        (double sum0, double sum1, double sum2, double sum3) = (0, 0, 0, 0);
        int i = 0;
        for (; i + 4 <= a.Length; i += 4)
        {
            sum0 = Math.FusedMultiplyAdd(a[i], b[i], sum0);
            sum1 = Math.FusedMultiplyAdd(a[i + 1], b[i + 1], sum1);
            sum2 = Math.FusedMultiplyAdd(a[i + 2], b[i + 2], sum2);
            sum3 = Math.FusedMultiplyAdd(a[i + 3], b[i + 3], sum3);
        }

        for (; i < a.Length; i++)
        {
            sum0 = Math.FusedMultiplyAdd(a[i], b[i], sum0);
        }

        return sum0 + sum1 + (sum2 + sum3);
    }

    protected static void AddScaled(double factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = Math.FusedMultiplyAdd(factor, source[i], destination[i]);
        }
    }
}
