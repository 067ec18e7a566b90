using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Merging.Methods;

/// <summary>What means by weights and statistics share: weights that are not negative, and not all zero.</summary>
internal static class WeightedMean
{
    public static IEnumerable<string> Validate(PlannedTensor tensor, MergeParameter weight) =>
        tensor.Inputs.All(input => input.Parameters.Number(weight.Name) == 0)
            ? ["All weights are zero, so the mean is not defined: give one model a weight above zero."]
            : [];

    /// <summary>Returns the weights divided by their sum.</summary>
    public static double[] Shares(TensorMerge merge, MergeParameter weight)
    {
        double[] weights = [.. merge.Inputs.Select(input => input.Parameters.Number(weight.Name))];
        double sum = weights.Sum();
        return [.. weights.Select(value => value / sum)];
    }
}
