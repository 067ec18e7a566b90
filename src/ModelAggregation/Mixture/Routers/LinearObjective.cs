namespace ModelAggregation.Mixture.Routers;

/// <summary>Softmax regression without a bias. The point is W: [experts, hidden].</summary>
internal sealed class LinearObjective(FittingSamples samples, double penalty) : FittingObjective(samples, penalty)
{
    private readonly double[] _logits = new double[samples.ExpertCount];

    // The objective is convex: it has one minimum, wherever it is looked for from.
    public override double[] Start => new double[checked(Samples.ExpertCount * Samples.HiddenSize)];

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        int hidden = Samples.HiddenSize;
        gradient.Clear();
        double loss = 0;
        for (int sample = 0; sample < Samples.Count; sample++)
        {
            ReadOnlySpan<double> state = Samples[sample];
            for (int expert = 0; expert < _logits.Length; expert++)
            {
                _logits[expert] = FittingVectors.Dot(point.Slice(expert * hidden, hidden), state);
            }

            loss += Differentiate(sample, _logits);
            for (int expert = 0; expert < _logits.Length; expert++)
            {
                FittingVectors.AddScaled(_logits[expert], state, gradient.Slice(expert * hidden, hidden));
            }
        }

        return loss + Penalize(point, gradient);
    }

    public override Router ToRouter(ReadOnlySpan<double> point)
    {
        float[] weights = new float[point.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)(point[i] / Samples.Scales[i % Samples.HiddenSize]);
        }

        return new LinearRouter(Samples.ExpertCount, Samples.HiddenSize, weights);
    }
}
