using DataShapley.Clustering;

namespace DataShapley.Gradients;

/// <summary>Scores training examples by how their gradients agree with those of validation examples. First-order influences, not semivalues: cheap, and blind to redundancy.</summary>
/// <remarks>Each is linear in the validation gradients, so their mean is formed once: O((training + validation) · dimension) a checkpoint.</remarks>
public static class GradientScores
{
    /// <summary>Computes TracIn with checkpoints (Pruthi et al., NeurIPS 2020; one checkpoint is Grad-Dot): <c>Σ_c w_c · mean_v ∇ℓ_v · ∇ℓ_i</c>.</summary>
    /// <param name="checkpoints">One or more, of the same examples.</param>
    /// <returns>A score for each training example; high is good.</returns>
    /// <exception cref="ArgumentException">There are no checkpoints, or their numbers of examples differ.</exception>
    public static double[] TracIn(IReadOnlyList<GradientCheckpoint> checkpoints) => Best(checkpoints, null, isCosine: false);

    /// <summary>Computes the cosine form (Grad-Cos): as <see cref="TracIn"/> with every gradient scaled to length one, so that long or hard examples do not win by size.</summary>
    /// <param name="checkpoints">One or more, of the same examples.</param>
    /// <returns>A score for each training example; 0 for a gradient of zeros.</returns>
    /// <exception cref="ArgumentException">There are no checkpoints, or their numbers of examples differ.</exception>
    public static double[] Cosine(IReadOnlyList<GradientCheckpoint> checkpoints) => Best(checkpoints, null, isCosine: true);

    /// <summary>Computes LESS (Xia et al., ICML 2024): cosines summed over checkpoints, averaged inside each subtask of the validation set, and the greatest over subtasks.</summary>
    /// <param name="checkpoints">One or more, of the same examples; training gradients are Adam's updates.</param>
    /// <param name="subtasks">The subtask of each validation example, any numbers.</param>
    /// <returns>A score for each training example.</returns>
    /// <exception cref="ArgumentException">There are no checkpoints, or the numbers of examples differ.</exception>
    public static double[] Less(IReadOnlyList<GradientCheckpoint> checkpoints, IReadOnlyList<int> subtasks)
    {
        ArgumentNullException.ThrowIfNull(subtasks);
        return Best(checkpoints, subtasks, isCosine: true);
    }

    private static double[] Best(IReadOnlyList<GradientCheckpoint> checkpoints, IReadOnlyList<int>? subtasks, bool isCosine)
    {
        Check(checkpoints);
        EmbeddingRows first = checkpoints[0].Training;
        int validation = checkpoints[0].Validation.Count;
        if (subtasks is not null && subtasks.Count != validation)
        {
            throw new ArgumentException($"There are {validation} validation examples and subtasks of {subtasks.Count}.", nameof(subtasks));
        }

        double[] best = new double[first.Count];
        Array.Fill(best, double.NegativeInfinity);
        foreach (IGrouping<int, int> subtask in Enumerable.Range(0, validation).GroupBy(row => subtasks?[row] ?? 0))
        {
            double[] scores = new double[first.Count];
            foreach (GradientCheckpoint checkpoint in checkpoints)
            {
                double[] mean = GradientRows.Mean(checkpoint.Validation, [.. subtask], isCosine);
                for (int i = 0; i < scores.Length; i++)
                {
                    ReadOnlySpan<float> row = checkpoint.Training.Row(i);
                    double norm = isCosine ? GradientRows.Norm(row) : 1;
                    scores[i] += norm > 0 ? checkpoint.Weight * GradientRows.Dot(row, mean) / norm : 0;
                }
            }

            for (int i = 0; i < best.Length; i++)
            {
                best[i] = Math.Max(best[i], scores[i]);
            }
        }

        return best;
    }

    internal static void Check(IReadOnlyList<GradientCheckpoint> checkpoints)
    {
        ArgumentNullException.ThrowIfNull(checkpoints);
        if (checkpoints.Count == 0)
        {
            throw new ArgumentException("Scores by gradients need one checkpoint or more.", nameof(checkpoints));
        }

        if (checkpoints.Any(checkpoint => checkpoint.Training.Count != checkpoints[0].Training.Count || checkpoint.Validation.Count != checkpoints[0].Validation.Count))
        {
            throw new ArgumentException("All checkpoints have gradients of the same examples: their numbers differ.", nameof(checkpoints));
        }
    }
}
