using ModelTensors;
using ModelTensors.Devices;

namespace DataShapley.Gradients;

/// <summary>Scores training examples by TRAK (Park et al., ICML 2023): a linear model of the network at each checkpoint, solved in closed form.</summary>
/// <remarks><c>mean_m [ mean_v φ_v (ΦᵀΦ + λI)⁻¹ φ_i ] · mean_m (1 − p_i)</c> with Φ the projected training gradients of model m: one Gram matrix and one Cholesky factor of dimension² doubles a model.</remarks>
/// <param name="device">Multiplies and factors.</param>
public sealed class TrakScores(TensorDevice device)
{
    private readonly TensorDevice _device = device ?? throw new ArgumentNullException(nameof(device));

    /// <summary>Gets λ as a share of the mean diagonal of ΦᵀΦ.</summary>
    /// <value>Not negative; 1e-6 by default. With 0 the Gram matrix itself has to be positive definite.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is negative or not finite.</exception>
    public double Ridge
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The ridge is finite and not negative.");
    } = 1e-6;

    /// <summary>Computes the scores.</summary>
    /// <param name="models">The gradients of each independently trained model, projected to some thousand elements at most; weights are not used.</param>
    /// <param name="probabilities">The probability that each model gives to the right answer of each training example: as many lists as models, or null to leave the factor out.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>A score for each training example.</returns>
    /// <exception cref="ArgumentException">There are no models, numbers differ, or a Gram matrix is not positive definite: raise the ridge.</exception>
    public double[] Compute(IReadOnlyList<GradientCheckpoint> models, IReadOnlyList<IReadOnlyList<double>>? probabilities = null, CancellationToken cancellationToken = default)
    {
        GradientScores.Check(models);
        int examples = models[0].Training.Count;
        if (probabilities is not null && (probabilities.Count != models.Count || probabilities.Any(list => list.Count != examples)))
        {
            throw new ArgumentException($"Probabilities are {models.Count} lists of {examples} numbers, one a model and training example.", nameof(probabilities));
        }

        double[] scores = new double[examples];
        foreach (GradientCheckpoint model in models)
        {
            double[] direction = Solve(model, cancellationToken);
            for (int i = 0; i < examples; i++)
            {
                scores[i] += GradientRows.Dot(model.Training.Row(i), direction) / models.Count;
            }
        }

        for (int i = 0; i < examples && probabilities is not null; i++)
        {
            scores[i] *= probabilities.Sum(list => 1 - list[i]) / models.Count;
        }

        return scores;
    }

    // (ΦᵀΦ + λI)⁻¹ times the mean of the validation rows.
    private double[] Solve(GradientCheckpoint model, CancellationToken cancellationToken)
    {
        int dimension = model.Training.Dimension;
        using HostTensor rows = new(DataType.F32, new TensorShape(model.Training.Count, dimension));
        for (int i = 0; i < model.Training.Count; i++)
        {
            model.Training.Row(i).CopyTo(rows.AsSpan<float>((long)i * dimension, dimension));
        }

        using HostTensor gram = new(DataType.F64, new TensorShape(dimension, dimension));
        _device.Gram(Matrix.Of(rows), gram, cancellationToken);
        double trace = 0;
        for (int i = 0; i < dimension; i++)
        {
            trace += Element(gram, dimension, i, i);
        }

        for (int i = 0; i < dimension; i++)
        {
            Element(gram, dimension, i, i) += Ridge * trace / dimension;
        }

        if (!_device.TryFactorCholesky(gram, out long pivot, cancellationToken))
        {
            throw new ArgumentException($"The Gram matrix of the training gradients is not positive definite at element {pivot}: raise the ridge, or project to fewer than {model.Training.Count} elements.", nameof(model));
        }

        double[] solution = GradientRows.Mean(model.Validation, [.. Enumerable.Range(0, model.Validation.Count)], isNormalized: false);
        for (int i = 0; i < dimension; i++)
        {
            Span<double> line = gram.AsSpan<double>((long)i * dimension, dimension);
            for (int j = 0; j < i; j++)
            {
                solution[i] = Math.FusedMultiplyAdd(-line[j], solution[j], solution[i]);
            }

            solution[i] /= line[i];
        }

        // The upper triangle holds Lᵀ, so that both ways read lines.
        for (int i = dimension - 1; i >= 0; i--)
        {
            Span<double> line = gram.AsSpan<double>((long)i * dimension, dimension);
            for (int j = i + 1; j < dimension; j++)
            {
                solution[i] = Math.FusedMultiplyAdd(-line[j], solution[j], solution[i]);
            }

            solution[i] /= line[i];
        }

        return solution;
    }

    private static ref double Element(HostTensor matrix, int dimension, int row, int column) => ref matrix.AsSpan<double>(((long)row * dimension) + column, 1)[0];
}
