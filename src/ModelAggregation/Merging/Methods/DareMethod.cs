using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>DARE: drops random entries of each task vector and rescales the rest (Yu et al. 2024, section 3).</summary>
public abstract class DareMethod : RandomDropMethod
{
    private protected DareMethod()
    {
    }

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters =>
    [
        Weight,
        Density,
        Lambda,
        Normalize(false),
        Rescale(true),
        RescaleNormOf("How 'rescale' scales: to the magnitude sum before dropping (as mergekit does), or by one over the density (as the paper does, one pass less)."),
        Int8Mask,
    ];

    /// <inheritdoc />
    public sealed override int Passes => 2;

    private protected sealed override string ByProbability => "density";

    private protected sealed override TaskVector Drop(TensorMerge merge, int model, bool divides)
    {
        double density = DensityOf(merge, model);
        return density < 1
            ? new TaskVector(
                model,
                WeightOf(merge, model),
                Sparsifier.KeepRandom(merge.RandomKey(model), density),
                divides ? 1 / Sparsifier.EffectiveDensity(density) : 1)
            : new TaskVector(model, WeightOf(merge, model));
    }
}
