using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// The weighted mean direction of the models, or of their differences from a base model, brought to their weighted mean length:
/// <c>m / |m| · Σ wᵢ|yᵢ|</c> with <c>m = Σ wᵢ·yᵢ/|yᵢ|</c>.
/// </summary>
/// <remarks>
/// The reference implementation moves from m along a mean tangent vector; that vector vanishes identically, so that of the step there remains the
/// factor <c>cos(eps)</c>. Where the directions cancel, two models give their weighted mean and more are an error. A mean direction below a
/// millionth is rounding noise and counts as cancelled. A tensor whose models all equal the base, or are all zero, is left as it is.
/// </remarks>
public sealed class MultiSlerpMerge : GramMethod
{
    // The square of a sum that cancels further than this has no digits left in double.
    private const double SmallestShare = 1e-6;

    private static readonly MergeParameter Weight = new("weight", ParameterKind.Number) { PerModel = true, Summary = "The weight of a model." };

    private static readonly MergeParameter Normalize =
        new("normalize_weights", ParameterKind.Boolean, true) { Summary = "Whether weights are divided by their sum." };

    private static readonly MergeParameter Epsilon = new("eps", ParameterKind.Number, 1e-8)
    {
        Minimum = 0,
        MinimumIsExclusive = true,
        Summary = "Added to each norm that is divided by; a mean direction shorter than this counts as none.",
    };

    /// <inheritdoc />
    public override string Name => "multislerp";

    /// <inheritdoc />
    public override string Summary => "The weighted mean direction of the models, at their weighted mean length.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Weight, Normalize, Epsilon];

    /// <inheritdoc />
    public override BaseModelRole BaseModel => BaseModelRole.Optional;

    /// <inheritdoc />
    public override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        double[] weights = [.. tensor.Inputs.Where((_, index) => index != tensor.BaseIndex).Select(input => input.Parameters.Number(Weight.Name))];
        if (tensor.Parameters.Flag(Normalize.Name) && weights.Length > 1 && Math.Abs(weights.Sum()) <= 1e-12 * weights.Sum(Math.Abs))
        {
            yield return "The weights sum to zero and cannot be normalised: change them, or set 'normalize_weights: false'.";
        }
    }

    private protected override double[] Coefficients(TensorMerge merge, IReadOnlyList<int> models, GramMatrix gram)
    {
        double eps = merge.Parameters.Number(Epsilon.Name);
        double[] weights = [.. models.Select(model => merge.Inputs[model].Parameters.Number(Weight.Name))];
        double divisor = merge.Parameters.Flag(Normalize.Name) ? weights.Sum() : 1;
        weights = [.. weights.Select(weight => weight / divisor)];
        double[] directions = [.. weights.Select((weight, i) => weight / (gram.Norm(i) + eps))];
        double mean = Math.Sqrt(gram.SquaredNorm(directions));
        double size = directions.Select((coefficient, i) => Math.Abs(coefficient) * gram.Norm(i)).Sum();
        if (mean < eps || mean <= SmallestShare * size)
        {
            return size == 0 || models.Count == 2 ? weights : throw Cancelled(merge);
        }

        double length = weights.Select((weight, i) => weight * gram.Norm(i)).Sum() * Math.Cos(eps) / mean;
        return [.. directions.Select(coefficient => coefficient * length)];
    }

    private static MergeDataException Cancelled(TensorMerge merge) => new(
        MergeDataError.DirectionsCancel,
        $"The weighted directions of the models cancel in tensor '{merge.Tensor.Name}', so that they have no mean direction. Change the weights, leave a model out, or merge this tensor with another method.",
        tensorName: merge.Tensor.Name);
}
