using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// The mean of the models, each element weighted by its Fisher information: <c>Σ wᵢ·Fᵢ·xᵢ / Σ wᵢ·Fᵢ</c> (Matena and Raffel 2022, "Merging Models with
/// Fisher-Weighted Averaging", section 3).
/// </summary>
/// <remarks>
/// The statistics are the diagonal of the Fisher information, such as mean squared gradients, as a checkpoint of the model's names and shapes. Where they are
/// zero in all models the mean is that by the weights alone.
/// </remarks>
public sealed class FisherMerge : MergeMethod
{
    private static readonly MergeParameter Weight =
        new("weight", ParameterKind.Number, 1.0) { PerModel = true, Minimum = 0, Summary = "The weight of a model beside its statistics." };

    /// <inheritdoc />
    public override string Name => "fisher";

    /// <inheritdoc />
    public override string Summary => "The mean of the models' weights, each element weighted by its Fisher information.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Weight];

    /// <inheritdoc />
    public override MergeStatistics Statistics => MergeStatistics.Elementwise;

    /// <inheritdoc />
    public override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return WeightedMean.Validate(tensor, Weight);
    }

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);

        // Shares instead of weights: a sum of products with shares stays within the largest statistic, where it could overflow otherwise.
        double[] shares = WeightedMean.Shares(merge, Weight);
        try
        {
            merge.Map(new ElementWeightedMeanMap([.. shares.Select((share, index) => new ElementWeightedTerm(index, merge.StatisticsOf(index), share))]));
        }
        catch (UnusableStatisticsException error)
        {
            PlannedInput input = merge.Inputs[error.Input - merge.Inputs.Count];
            string statistics = input.Statistics!.Model;
            throw new MergeDataException(
                MergeDataError.UnusableStatistics,
                $"Tensor '{input.TensorName}' of statistics '{statistics}': {error.Message}",
                tensorName: merge.Tensor.Name,
                model: statistics,
                count: error.Count);
        }
    }
}
