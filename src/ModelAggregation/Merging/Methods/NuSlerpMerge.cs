using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// Spherical linear interpolation (Shoemake 1985) between two models at the place that their weights tell, of whole tensors or of each row or column;
/// with a base model, of the differences from it.
/// </summary>
/// <remarks>
/// As in the reference implementation the unnormalised tensors are interpolated, and <c>nuslerp_row_wise</c> means vectors along dimension 0. Where
/// two vectors point in nearly opposite directions (cosine under −0.9995, as in <c>slerp</c>) every arc between them is as good as any other and the
/// formula multiplies rounding noise: they are interpolated linearly.
/// </remarks>
public sealed class NuSlerpMerge : GramMethod
{
    // The reference's thresholds.
    private const double SmallestNorm = 1e-7;
    private const double SmallestWeightSum = 1e-6;
    private const double SmallestSine = 1e-8;

    // Differs from the reference, whose guard rounding slips through: a tensor and its negative, rounded to bfloat16, are off by a thousandth.
    private const double SmallestCosine = -0.9995;

    private static readonly MergeParameter Weight =
        new("weight", ParameterKind.Number) { PerModel = true, Summary = "The weight of a model; the second's share of both is where between them the result lies." };

    private static readonly MergeParameter Flatten =
        new("nuslerp_flatten", ParameterKind.Boolean, true) { Summary = "Whether a tensor is one vector." };

    private static readonly MergeParameter RowWise = new("nuslerp_row_wise", ParameterKind.Boolean, false)
    {
        Summary = "Without 'nuslerp_flatten': whether vectors lie along dimension 0 instead of the last dimension.",
    };

    /// <inheritdoc />
    public override string Name => "nuslerp";

    /// <inheritdoc />
    public override string Summary => "Spherical interpolation between two models, of tensors, rows or columns, or of differences from a base model.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Weight, Flatten, RowWise];

    /// <inheritdoc />
    public override BaseModelRole BaseModel => BaseModelRole.Optional;

    /// <inheritdoc />
    public override int MinimumModels => 2;

    /// <inheritdoc />
    public override int MaximumModels => 2;

    private protected override VectorAxis? Axis(ParameterValues parameters) =>
        parameters.Flag(Flatten.Name) ? null : parameters.Flag(RowWise.Name) ? VectorAxis.Columns : VectorAxis.Rows;

    private protected override double[] Coefficients(TensorMerge merge, IReadOnlyList<int> models, GramMatrix gram)
    {
        double first = merge.Inputs[models[0]].Parameters.Number(Weight.Name);
        double second = merge.Inputs[models[1]].Parameters.Number(Weight.Name);
        double t = Math.Abs(first + second) < SmallestWeightSum ? 0.5 : second / (first + second);
        double cosine = gram[0, 1] / (Math.Max(gram.Norm(0), SmallestNorm) * Math.Max(gram.Norm(1), SmallestNorm));
        double angle = Math.Acos(Math.Min(cosine, 1));
        double sine = Math.Sin(angle);
        return cosine >= SmallestCosine && sine >= SmallestSine
            ? [Math.Sin((1 - t) * angle) / sine, Math.Sin(t * angle) / sine]
            : [1 - t, t];
    }
}
