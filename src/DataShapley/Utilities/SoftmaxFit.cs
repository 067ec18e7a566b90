using System.Buffers;

namespace DataShapley.Utilities;

/// <summary>Fits multinomial logistic regression with a ridge by damped Newton steps from zero: strictly convex, so the solution is one, whichever classes are there.</summary>
/// <remarks>Two classes take one vector of weights, for the second; more take one each.</remarks>
internal sealed class SoftmaxFit(FeatureMatrix features, int[] labels, int classes, double ridge, double tolerance)
{
    private const int MostSteps = 100;
    private const int MostHalvings = 50;

    // How much of the decrease that the gradient foretells a step has to bring (Armijo).
    private const double Decrease = 1e-4;

    private readonly int _vectors = classes == 2 ? 1 : classes;

    private int ParameterCount => _vectors * features.Stride;

    /// <summary>Fits.</summary>
    /// <returns>The weights, one vector after the other, or null where the steps do not end.</returns>
    public double[]? Fit(ReadOnlySpan<int> members, CancellationToken cancellationToken)
    {
        double[] weights = new double[ParameterCount];
        double[] candidate = new double[ParameterCount];
        double[] gradient = new double[ParameterCount];
        double[] step = new double[ParameterCount];
        double[] probabilities = new double[members.Length * _vectors];
        double[] matrix = ArrayPool<double>.Shared.Rent(ParameterCount * ParameterCount);
        try
        {
            double loss = Evaluate(members, weights, probabilities);
            for (int i = 0; i < MostSteps; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Gradient(members, weights, probabilities, gradient);
                if (LargestOf(gradient) <= tolerance * members.Length)
                {
                    return weights;
                }

                Span<double> hessian = matrix.AsSpan(0, ParameterCount * ParameterCount);
                Hessian(members, probabilities, hessian);
                gradient.CopyTo(step, 0);
                if (!PositiveSystem.TrySolve(hessian, step))
                {
                    return null;
                }

                if (!TryStep(members, ref weights, ref candidate, step, gradient, probabilities, ref loss))
                {
                    // No step lowers the loss in double any more: this is where it is lowest.
                    return weights;
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<double>.Shared.Return(matrix);
        }
    }

    /// <summary>Computes the probability of each class; what the weights give a point.</summary>
    /// <returns>The logarithm of the probability of the true class.</returns>
    public double Predict(FeatureMatrix points, int point, ReadOnlySpan<double> weights, int label, Span<double> probabilities)
    {
        Span<double> own = probabilities[(classes - _vectors)..];
        double loss = Probabilities(points, point, weights, label, own);
        if (_vectors == 1)
        {
            probabilities[0] = 1 - own[0];
        }

        return -loss;
    }

    private bool TryStep(ReadOnlySpan<int> members, ref double[] weights, ref double[] candidate, double[] step, double[] gradient, double[] probabilities, ref double loss)
    {
        double slope = 0;
        for (int j = 0; j < step.Length; j++)
        {
            slope = Math.FusedMultiplyAdd(gradient[j], step[j], slope);
        }

        double length = 1;
        for (int halving = 0; halving < MostHalvings; halving++, length /= 2)
        {
            for (int j = 0; j < step.Length; j++)
            {
                candidate[j] = Math.FusedMultiplyAdd(-length, step[j], weights[j]);
            }

            double next = Evaluate(members, candidate, probabilities);
            if (next <= loss - (Decrease * length * slope))
            {
                bool isLower = next < loss;
                loss = next;
                (weights, candidate) = (candidate, weights);
                return isLower;
            }
        }

        return false;
    }

    private double Evaluate(ReadOnlySpan<int> members, double[] weights, double[] probabilities)
    {
        double loss = 0;
        for (int i = 0; i < members.Length; i++)
        {
            loss += Probabilities(features, members[i], weights, labels[members[i]], probabilities.AsSpan(i * _vectors, _vectors));
        }

        double squares = 0;
        foreach (double weight in weights)
        {
            squares = Math.FusedMultiplyAdd(weight, weight, squares);
        }

        return Math.FusedMultiplyAdd(ridge / 2, squares, loss);
    }

    // The loss is the logarithm of one by the probability of the label.
    private double Probabilities(FeatureMatrix points, int point, ReadOnlySpan<double> weights, int label, Span<double> probabilities)
    {
        if (_vectors == 1)
        {
            double score = points.Dot(point, weights);
            double e = Math.Exp(-Math.Abs(score));
            probabilities[0] = score >= 0 ? 1 / (1 + e) : e / (1 + e);
            bool isLikely = score >= 0 == (label == 1);
            return Math.Log(1 + e) + (isLikely ? 0 : Math.Abs(score));
        }

        double greatest = double.NegativeInfinity;
        for (int c = 0; c < _vectors; c++)
        {
            probabilities[c] = points.Dot(point, weights[(c * features.Stride)..]);
            greatest = Math.Max(greatest, probabilities[c]);
        }

        double own = probabilities[label] - greatest;
        double sum = 0;
        for (int c = 0; c < _vectors; c++)
        {
            probabilities[c] = Math.Exp(probabilities[c] - greatest);
            sum += probabilities[c];
        }

        for (int c = 0; c < _vectors; c++)
        {
            probabilities[c] /= sum;
        }

        return Math.Log(sum) - own;
    }

    private void Gradient(ReadOnlySpan<int> members, double[] weights, double[] probabilities, double[] gradient)
    {
        for (int j = 0; j < gradient.Length; j++)
        {
            gradient[j] = ridge * weights[j];
        }

        for (int i = 0; i < members.Length; i++)
        {
            int label = labels[members[i]] - (classes - _vectors);
            for (int c = 0; c < _vectors; c++)
            {
                features.AddScaled(members[i], probabilities[(i * _vectors) + c] - (c == label ? 1 : 0), gradient.AsSpan(c * features.Stride));
            }
        }
    }

    private void Hessian(ReadOnlySpan<int> members, double[] probabilities, Span<double> hessian)
    {
        hessian.Clear();
        for (int j = 0; j < ParameterCount; j++)
        {
            hessian[(j * ParameterCount) + j] = ridge;
        }

        for (int i = 0; i < members.Length; i++)
        {
            ReadOnlySpan<double> own = probabilities.AsSpan(i * _vectors, _vectors);
            for (int a = 0; a < _vectors; a++)
            {
                features.AddOuter(members[i], own[a] * (1 - own[a]), hessian[(a * features.Stride * (ParameterCount + 1))..], ParameterCount, isUpper: true);
                for (int b = a + 1; b < _vectors; b++)
                {
                    features.AddOuter(members[i], -own[a] * own[b], hessian[(((a * ParameterCount) + b) * features.Stride)..], ParameterCount, isUpper: false);
                }
            }
        }
    }

    private static double LargestOf(double[] values)
    {
        double largest = 0;
        foreach (double value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }
}
