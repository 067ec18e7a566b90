using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>The tensor of the only model, as it is or scaled: for stacking layers of several models with slices.</summary>
public sealed class PassthroughMerge : MergeMethod
{
    private static readonly MergeParameter Scale =
        new("scale", ParameterKind.Number) { PerModel = true, IsOptional = true, Summary = "A factor; without it the tensor is copied." };

    /// <inheritdoc />
    public override string Name => "passthrough";

    /// <inheritdoc />
    public override string Summary => "Copies the tensors of one model, for stacking slices of layers.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Scale];

    /// <inheritdoc />
    public override int MaximumModels => 1;

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        double scale = merge.Inputs[0].Parameters.Number(Scale.Name, otherwise: 1);
        if (scale == 1)
        {
            merge.Copy(0);
        }
        else
        {
            merge.Map(new WeightedSumMap((0, scale)));
        }
    }
}
