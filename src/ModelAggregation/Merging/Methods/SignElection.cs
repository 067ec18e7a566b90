using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>The parameters of methods that elect a sign for each element.</summary>
internal static class SignElection
{
    private const string ByCount = "count";
    private const string Unweighted = "unweighted";

    public static MergeParameter Sign { get; } = new("sign", ParameterKind.Text, "weighted")
    {
        Choices = ["weighted", Unweighted, ByCount],
        Summary = "What elects an element's sign: the sum of the weighted task vectors, that of the unweighted ones (as PEFT does), or the number of models.",
    };

    public static MergeParameter Divisor { get; } = new("divisor", ParameterKind.Text, "weights")
    {
        Choices = ["weights", ByCount],
        Summary = "What 'normalize' divides by: the sum of the weights that agree, or their count (as the paper and PEFT do).",
    };

    public static Consensus Consensus(ParameterValues parameters) => parameters.Text(Sign.Name) switch
    {
        Unweighted => ModelTensors.Devices.Consensus.UnweightedSign,
        ByCount => ModelTensors.Devices.Consensus.MajoritySign,
        _ => ModelTensors.Devices.Consensus.WeightedSign,
    };

    public static TaskVectorDivisor DivisorOf(ParameterValues parameters) =>
        string.Equals(parameters.Text(Divisor.Name), ByCount, StringComparison.Ordinal) ? TaskVectorDivisor.Count : TaskVectorDivisor.Weights;
}
