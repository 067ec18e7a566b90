namespace ModelAggregation.Mixture.Routers;

/// <summary>Adds up how well a router does, as it is rounded and used.</summary>
internal sealed class RouterFitScore
{
    private double _weight;
    private double _right;
    private double _loss;

    public double Accuracy => _right / _weight;

    public double CrossEntropy => _loss / _weight;

    public static RouterFitScore Of(Router router, RouterFeatures features, int layer, int[] prompts)
    {
        RouterFitScore score = new();
        double[] logits = new double[router.ExpertCount];
        foreach (int prompt in prompts)
        {
            LabelledPrompt labelled = features.Prompts[prompt];
            router.Score(features.State(prompt, layer), logits);
            score._weight += labelled.Weight;
            score._loss += labelled.Weight * (LogSum(logits) - logits[labelled.Expert]);
            score._right += logits.AsSpan().IndexOf(logits.Max()) == labelled.Expert ? labelled.Weight : 0;
        }

        return score;
    }

    public void Add(RouterFitScore other)
    {
        _weight += other._weight;
        _right += other._right;
        _loss += other._loss;
    }

    /// <summary>Returns the logarithm of the sum of the exponentials.</summary>
    public static double LogSum(ReadOnlySpan<double> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (double logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double sum = 0;
        foreach (double logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return largest + Math.Log(sum);
    }
}
