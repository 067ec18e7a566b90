using System.Globalization;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// DELLA: drops random entries of each task vector, small ones more often than large ones of the same row, and rescales the rest (Deep et al. 2024,
/// "DELLA-Merging", section 3).
/// </summary>
/// <remarks>
/// Within a row of length L an entry of rank r, ascending by magnitude, is kept with probability <c>(density − epsilon) + 2·epsilon·r/(L − 1)</c>;
/// equal ones are ranked in their order, and in a row of one entry the probability is the density. Scaling by one factor for each tensor, as the
/// reference does, favours large entries; <c>rescale_norm: probability</c> divides each by its own probability, as the paper does.
/// </remarks>
public abstract class DellaMethod : RandomDropMethod
{
    // Unlike in the other methods a density of zero has a meaning in the reference: nothing of the model.
    private static readonly MergeParameter DellaDensity = Density with { MinimumIsExclusive = false };

    private static readonly MergeParameter Epsilon = new("epsilon", ParameterKind.Number, 0.15)
    {
        PerModel = true,
        Summary = "How far the probability to be kept falls below the density for the smallest entry of a row, and rises above it for the largest.",
    };

    private protected DellaMethod()
    {
    }

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters =>
    [
        Weight,
        DellaDensity,
        Epsilon,
        Lambda,
        Normalize(NormalizesByDefault),
        Rescale(true),
        RescaleNormOf("How 'rescale' scales: to the magnitude sum before dropping (as mergekit does), or each entry by one over its probability (as the paper does)."),
        Int8Mask,
    ];

    /// <inheritdoc />
    public sealed override int Passes => 3;

    private protected sealed override string ByProbability => "probability";

    /// <summary>Gets the default of <c>normalize</c>.</summary>
    private protected abstract bool NormalizesByDefault { get; }

    /// <inheritdoc />
    public sealed override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        for (int index = 0; index < tensor.Inputs.Count; index++)
        {
            PlannedInput input = tensor.Inputs[index];
            double density = input.Parameters.Number(Density.Name);
            double epsilon = input.Parameters.Number(Epsilon.Name);
            double largest = Math.Min(density, 1 - density);
            if (index != tensor.BaseIndex && density is > 0 and < 1 && !(Math.Abs(epsilon) < largest))
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"'density' {density} plus and minus 'epsilon' {epsilon} of model '{input.Model}' has to stay in (0, 1): with this density epsilon is below {largest}.");
            }
        }
    }

    private protected sealed override TaskVector Drop(TensorMerge merge, int model, bool divides)
    {
        double weight = WeightOf(merge, model);
        return DensityOf(merge, model) switch
        {
            <= 0 => new TaskVector(model, weight, Sparsifier.KeepAll, Scale: 0),
            >= 1 => new TaskVector(model, weight),
            double density => new TaskVector(
                model, weight, Sparsifier.KeepByRank(merge.RandomKey(model), density, merge.Inputs[model].Parameters.Number(Epsilon.Name), divides)),
        };
    }
}
