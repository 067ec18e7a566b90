using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>Task-vector methods that drop entries at random and rescale the rest: DARE with one probability for all, DELLA with one for each.</summary>
/// <remarks>
/// The mask of a model is a function of seed, tensor name, model name and element index: no order, thread, shard or other model changes it.
/// Probabilities are rounded to a multiple of 2⁻¹⁶.
/// </remarks>
public abstract class RandomDropMethod : TaskVectorMethod
{
    private const string RescaleNorm = "rescale_norm";
    private const string ByMagnitudes = "l1";

    private protected RandomDropMethod()
    {
    }

    /// <summary>Gets the word of <c>rescale_norm</c> for dividing by the probability to be kept.</summary>
    private protected abstract string ByProbability { get; }

    private protected MergeParameter RescaleNormOf(string summary) => new(RescaleNorm, ParameterKind.Text, ByMagnitudes)
    {
        Choices = [ByMagnitudes, ByProbability],
        Summary = summary,
    };

    /// <summary>Makes the task vector of one model sparse.</summary>
    /// <param name="merge">The merge.</param>
    /// <param name="model">The model's index.</param>
    /// <param name="divides">Whether what is kept is divided by its probability.</param>
    private protected abstract TaskVector Drop(TensorMerge merge, int model, bool divides);

    private protected sealed override IReadOnlyList<TaskVector> Sparsify(TensorMerge merge)
    {
        bool rescale = merge.Parameters.Flag("rescale");
        bool byMagnitudes = string.Equals(merge.Parameters.Text(RescaleNorm), ByMagnitudes, StringComparison.Ordinal);
        TaskVector[] vectors = [.. merge.Models.Select(model => Drop(merge, model, rescale && !byMagnitudes))];
        return rescale && byMagnitudes && vectors.Any(vector => vector.Sparsifier != Sparsifier.KeepAll) ? RestoreMagnitudes(merge, vectors) : vectors;
    }
}
