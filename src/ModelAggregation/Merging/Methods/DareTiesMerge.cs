using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>DARE with TIES' sign election: drops random entries of each task vector, rescales the rest, elects signs and merges what agrees (Yu et al. 2024, section 3).</summary>
/// <remarks>
/// The mask of a model is a function of seed, tensor name, model name and element index: no order, thread, shard or other model changes it.
/// Densities are rounded to a multiple of 2⁻¹⁶.
/// </remarks>
public sealed class DareTiesMerge : TaskVectorMethod
{
    private const string ByDensity = "density";

    private static readonly MergeParameter RescaleNorm = new("rescale_norm", ParameterKind.Text, "l1")
    {
        Choices = ["l1", ByDensity],
        Summary = "How 'rescale' scales: to the magnitude sum before dropping (as mergekit does), or by one over the density (as the paper does, one pass less).",
    };

    /// <inheritdoc />
    public override string Name => "dare_ties";

    /// <inheritdoc />
    public override string Summary => "Drops random entries of the task vectors, rescales the rest, elects signs, and merges what agrees.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters =>
        [Weight, Density, Lambda, Normalize(false), Rescale(true), RescaleNorm, SignElection.Sign, SignElection.Divisor, Int8Mask];

    /// <inheritdoc />
    public override int Passes => 2;

    private protected override bool ElectsSigns => true;

    private protected override IReadOnlyList<TaskVector> Sparsify(TensorMerge merge)
    {
        bool rescale = merge.Parameters.Flag("rescale");
        bool byDensity = string.Equals(merge.Parameters.Text(RescaleNorm.Name), ByDensity, StringComparison.Ordinal);
        TaskVector[] vectors = [.. merge.Models.Select(model =>
        {
            double density = DensityOf(merge, model);
            return density < 1
                ? new TaskVector(
                    model,
                    WeightOf(merge, model),
                    Sparsifier.KeepRandom(merge.RandomKey(model), density),
                    rescale && byDensity ? 1 / Sparsifier.EffectiveDensity(density) : 1)
                : new TaskVector(model, WeightOf(merge, model));
        })];
        return rescale && !byDensity && vectors.Any(vector => vector.Sparsifier != Sparsifier.KeepAll) ? RestoreMagnitudes(merge, vectors) : vectors;
    }
}
