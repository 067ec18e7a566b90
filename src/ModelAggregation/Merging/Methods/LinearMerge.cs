using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>The weighted mean, or weighted sum, of the models: <c>Σ wᵢ·xᵢ [/ Σ wᵢ]</c> (Wortsman et al. 2022, "Model soups").</summary>
public sealed class LinearMerge : MergeMethod
{
    private static readonly MergeParameter Weight = new("weight", ParameterKind.Number) { PerModel = true, Summary = "The weight of a model." };

    private static readonly MergeParameter Normalize =
        new("normalize", ParameterKind.Boolean, true) { Summary = "Whether the sum is divided by the sum of the weights." };

    /// <inheritdoc />
    public override string Name => "linear";

    /// <inheritdoc />
    public override string Summary => "The weighted mean of the models' weights.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Weight, Normalize];

    /// <inheritdoc />
    public override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        double sum = tensor.Inputs.Sum(input => input.Parameters.Number(Weight.Name));
        double magnitude = tensor.Inputs.Sum(input => Math.Abs(input.Parameters.Number(Weight.Name)));

        // A sum that is only the rounding of its terms is zero: dividing by it would give noise.
        if (tensor.Parameters.Flag(Normalize.Name) && Math.Abs(sum) <= 1e-12 * magnitude)
        {
            yield return "The weights sum to zero, so the mean is not defined: change them, or set 'normalize: false' for the plain sum.";
        }
    }

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        double[] weights = [.. merge.Inputs.Select(input => input.Parameters.Number(Weight.Name))];
        double divisor = merge.Parameters.Flag(Normalize.Name) ? weights.Sum() : 1;
        merge.Map(new WeightedSumMap([.. weights.Select((weight, input) => (input, weight / divisor))]));
    }
}
