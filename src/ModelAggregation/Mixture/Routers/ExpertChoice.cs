namespace ModelAggregation.Mixture.Routers;

/// <summary>The experts that a router chose for a token or a sequence (Model-GLUE, forward pass of its mixtures): softmax over all, the likeliest k, their weights scaled to the sum 1.</summary>
public sealed class ExpertChoice
{
    private ExpertChoice(int[] experts, double[] weights, double[] probabilities)
    {
        Experts = experts;
        Weights = weights;
        Probabilities = probabilities;
    }

    /// <summary>Gets the experts from 0, the likeliest first; of equally likely ones, the lower first.</summary>
    public IReadOnlyList<int> Experts { get; }

    /// <summary>Gets the weight of each chosen expert; the sum is 1.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>Gets the probability of each expert, also of those not chosen.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>Chooses by logits. Probabilities are in double.</summary>
    /// <param name="logits">The logits, one for each expert. Finite.</param>
    /// <param name="count">How many experts, k: from 1 to all.</param>
    /// <exception cref="ArgumentException">A logit is not finite, or the count is another.</exception>
    public static ExpertChoice Of(ReadOnlySpan<double> logits, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, logits.Length);
        double[] probabilities = Softmax(logits);

        // By logits, as the engine does: far from the likeliest, different ones have the same probability, zero. The sort is stable: of equals the lower comes first.
        double[] scores = logits.ToArray();
        int[] experts = [.. Enumerable.Range(0, scores.Length).OrderByDescending(expert => scores[expert]).Take(count)];
        double sum = 0;
        foreach (int expert in experts)
        {
            sum += probabilities[expert];
        }

        return new ExpertChoice(experts, [.. experts.Select(expert => probabilities[expert] / sum)], probabilities);
    }

    internal static double[] Softmax(ReadOnlySpan<double> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (double logit in logits)
        {
            if (!double.IsFinite(logit))
            {
                throw new ArgumentException($"A router's logit is {logit}.", nameof(logits));
            }

            largest = Math.Max(largest, logit);
        }

        double[] probabilities = new double[logits.Length];
        double sum = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] = Math.Exp(logits[i] - largest);
            sum += probabilities[i];
        }

        for (int i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] /= sum;
        }

        return probabilities;
    }
}
