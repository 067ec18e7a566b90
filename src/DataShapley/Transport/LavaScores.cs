using DataShapley.Clustering;

namespace DataShapley.Transport;

/// <summary>Scores training points by LAVA (Just et al., ICLR 2023): how the distance between training and validation set, by optimal transport, would change with a point's weight. No model is trained.</summary>
/// <remarks>
/// The cost of a pair is the squared distance of its features plus the distance of its labels, which is the transport cost between the classes' features. The score is
/// minus the calibrated gradient <c>f_i · (1 + 1/(N−1)) − Σf / (N−1)</c> of the dual potential f: high is good. O(N · M) an iteration, N × M doubles.
/// </remarks>
public static class LavaScores
{
    // 2 GiB of costs.
    private const long MostPairs = 1L << 28;

    /// <summary>Computes the scores.</summary>
    /// <param name="training">The features of the training points, two or more.</param>
    /// <param name="trainingLabels">Their classes, any numbers.</param>
    /// <param name="validation">The features of the validation points.</param>
    /// <param name="validationLabels">Their classes.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between iterations.</param>
    /// <returns>A score for each training point, and whether the iterations converged.</returns>
    /// <exception cref="ArgumentException">Numbers or dimensions differ, there are fewer than two training points, or more pairs than 2²⁸.</exception>
    public static (double[] Scores, bool IsConverged) Compute(
        EmbeddingRows training,
        IReadOnlyList<int> trainingLabels,
        EmbeddingRows validation,
        IReadOnlyList<int> validationLabels,
        LavaOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        Check(training, trainingLabels, validation, validationLabels);
        options ??= new LavaOptions();
        double[,] cost = Costs(training, validation);
        Dictionary<(int Training, int Validation), double> labels = LabelDistances(training, trainingLabels, validation, validationLabels, options, cancellationToken);
        for (int i = 0; i < training.Count; i++)
        {
            for (int j = 0; j < validation.Count; j++)
            {
                cost[i, j] += options.LabelWeight * labels[(trainingLabels[i], validationLabels[j])];
            }
        }

        (double[] potentials, _, bool isConverged) = Sinkhorn.Solve(cost, Scale(cost, options), options.Iterations, options.Tolerance, cancellationToken);
        int others = training.Count - 1;
        double sum = potentials.Sum();
        return ([.. potentials.Select(f => (sum / others) - (f * (1 + (1.0 / others))))], isConverged);
    }

    private static Dictionary<(int Training, int Validation), double> LabelDistances(
        EmbeddingRows training, IReadOnlyList<int> trainingLabels, EmbeddingRows validation, IReadOnlyList<int> validationLabels, LavaOptions options, CancellationToken cancellationToken)
    {
        Dictionary<(int Training, int Validation), double> distances = [];
        ILookup<int, int> rows = Enumerable.Range(0, training.Count).ToLookup(i => trainingLabels[i]);
        ILookup<int, int> columns = Enumerable.Range(0, validation.Count).ToLookup(i => validationLabels[i]);
        foreach (IGrouping<int, int> left in rows)
        {
            foreach (IGrouping<int, int> right in columns)
            {
                // The same label is no distance, whatever its points are: otherwise noise inside a class would count twice.
                double[,] cost = Costs(training, validation, [.. left], [.. right]);
                (double[] f, double[] g, _) = left.Key == right.Key
                    ? ([0], [0], true)
                    : Sinkhorn.Solve(cost, Scale(cost, options), options.Iterations, options.Tolerance, cancellationToken);
                distances[(left.Key, right.Key)] = Math.Max(0, Sinkhorn.Value(f, g));
            }
        }

        return distances;
    }

    private static double Scale(double[,] cost, LavaOptions options)
    {
        double sum = 0;
        foreach (double pair in cost)
        {
            sum += pair;
        }

        // Where all points are one point there is nothing to move: any scale gives zero potentials.
        return sum > 0 ? options.Regularization * sum / cost.Length : 1;
    }

    private static double[,] Costs(EmbeddingRows training, EmbeddingRows validation) =>
        Costs(training, validation, [.. Enumerable.Range(0, training.Count)], [.. Enumerable.Range(0, validation.Count)]);

    private static double[,] Costs(EmbeddingRows training, EmbeddingRows validation, int[] rows, int[] columns)
    {
        double[,] cost = new double[rows.Length, columns.Length];
        double[] point = new double[validation.Dimension];
        for (int j = 0; j < columns.Length; j++)
        {
            ReadOnlySpan<float> other = validation.Row(columns[j]);
            for (int k = 0; k < point.Length; k++)
            {
                point[k] = other[k];
            }

            for (int i = 0; i < rows.Length; i++)
            {
                cost[i, j] = PreciseDistance.Squared(training.Row(rows[i]), point);
            }
        }

        return cost;
    }

    private static void Check(EmbeddingRows training, IReadOnlyList<int> trainingLabels, EmbeddingRows validation, IReadOnlyList<int> validationLabels)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(trainingLabels);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(validationLabels);
        if (trainingLabels.Count != training.Count || validationLabels.Count != validation.Count)
        {
            throw new ArgumentException($"There are {training.Count} training points with {trainingLabels.Count} labels, and {validation.Count} validation points with {validationLabels.Count}.", nameof(trainingLabels));
        }

        if (training.Dimension != validation.Dimension || training.Count < 2)
        {
            throw new ArgumentException($"LAVA takes two training points or more, of the features of the validation points: {training.Count} of {training.Dimension} features, {validation.Dimension} there.", nameof(training));
        }

        if ((long)training.Count * validation.Count > MostPairs)
        {
            throw new ArgumentException($"{training.Count} × {validation.Count} costs would take {(long)training.Count * validation.Count * sizeof(double) >> 30} GiB; LAVA takes up to {MostPairs} pairs. Take a sample, or clusters.", nameof(training));
        }
    }
}
