namespace ModelAggregation.Mixture.Routers;

/// <summary>A network of two layers. The point is W₁ [inner, hidden], W₂ [experts, inner], b₁ [inner], b₂ [experts], one behind the other: weights, which have a penalty, before biases.</summary>
internal sealed class MlpObjective : FittingObjective
{
    private readonly int _inner;
    private readonly ulong _seed;
    private readonly int _outputStart;
    private readonly int _inputBiasStart;
    private readonly int _outputBiasStart;
    private readonly double[] _derivatives;
    private readonly double[] _activations;
    private readonly double[] _slopes;
    private readonly double[] _logits;

    public MlpObjective(FittingSamples samples, int inner, double penalty, ulong seed)
        : base(samples, penalty)
    {
        _inner = inner;
        _seed = seed;
        _outputStart = checked(inner * samples.HiddenSize);
        _inputBiasStart = checked(_outputStart + (samples.ExpertCount * inner));
        _outputBiasStart = checked(_inputBiasStart + inner);
        _derivatives = new double[inner];
        _activations = new double[inner];
        _slopes = new double[inner];
        _logits = new double[samples.ExpertCount];
    }

    public override double[] Start
    {
        get
        {
            double[] point = new double[_outputBiasStart + Samples.ExpertCount];
            float[] input = RouterRandom.Uniforms(_seed, "fit 0.weight", _outputStart, 1 / Math.Sqrt(Samples.HiddenSize));
            float[] output = RouterRandom.Uniforms(_seed, "fit 2.weight", _inputBiasStart - _outputStart, 1 / Math.Sqrt(_inner));
            for (int i = 0; i < _inputBiasStart; i++)
            {
                point[i] = i < _outputStart ? input[i] : output[i - _outputStart];
            }

            return point;
        }
    }

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        gradient.Clear();
        double loss = 0;
        for (int sample = 0; sample < Samples.Count; sample++)
        {
            Forward(point, sample);
            loss += Differentiate(sample, _logits);
            Backward(point, sample, gradient);
        }

        return loss + Penalize(point[.._inputBiasStart], gradient);
    }

    public override Router ToRouter(ReadOnlySpan<double> point)
    {
        int hidden = Samples.HiddenSize;
        float[] input = new float[_outputStart];
        float[] inputBiases = new float[_inner];
        for (int i = 0; i < _inner; i++)
        {
            double bias = point[_inputBiasStart + i];
            for (int j = 0; j < hidden; j++)
            {
                double weight = point[(i * hidden) + j] / Samples.Scales[j];
                input[(i * hidden) + j] = (float)weight;
                bias -= weight * Samples.Centres[j];
            }

            inputBiases[i] = (float)bias;
        }

        return new MlpRouter(Samples.ExpertCount, hidden, _inner, input, inputBiases, Rounded(point[_outputStart.._inputBiasStart]), Rounded(point[_outputBiasStart..]));
    }

    private void Forward(ReadOnlySpan<double> point, int sample)
    {
        int hidden = Samples.HiddenSize;
        for (int i = 0; i < _inner; i++)
        {
            double sum = point[_inputBiasStart + i] + FittingVectors.Dot(point.Slice(i * hidden, hidden), Samples[sample]);
            double sigmoid = 1 / (1 + Math.Exp(-sum));
            _activations[i] = sum * sigmoid;
            _slopes[i] = sigmoid * (1 + (sum * (1 - sigmoid)));
        }

        for (int expert = 0; expert < _logits.Length; expert++)
        {
            _logits[expert] = point[_outputBiasStart + expert] + FittingVectors.Dot(point.Slice(_outputStart + (expert * _inner), _inner), _activations);
        }
    }

    private void Backward(ReadOnlySpan<double> point, int sample, Span<double> gradient)
    {
        int hidden = Samples.HiddenSize;
        Array.Clear(_derivatives);
        for (int expert = 0; expert < _logits.Length; expert++)
        {
            FittingVectors.AddScaled(_logits[expert], _activations, gradient.Slice(_outputStart + (expert * _inner), _inner));
            FittingVectors.AddScaled(_logits[expert], point.Slice(_outputStart + (expert * _inner), _inner), _derivatives);
            gradient[_outputBiasStart + expert] += _logits[expert];
        }

        for (int i = 0; i < _inner; i++)
        {
            double derivative = _derivatives[i] * _slopes[i];
            FittingVectors.AddScaled(derivative, Samples[sample], gradient.Slice(i * hidden, hidden));
            gradient[_inputBiasStart + i] += derivative;
        }
    }

    private static float[] Rounded(ReadOnlySpan<double> values)
    {
        float[] rounded = new float[values.Length];
        for (int i = 0; i < rounded.Length; i++)
        {
            rounded[i] = (float)values[i];
        }

        return rounded;
    }
}
