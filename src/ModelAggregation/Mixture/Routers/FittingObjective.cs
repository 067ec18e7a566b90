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
        FittingVectors.AddScaled(Penalty, weights, gradient);
        return Penalty / 2 * FittingVectors.Dot(weights, weights);
    }
}
