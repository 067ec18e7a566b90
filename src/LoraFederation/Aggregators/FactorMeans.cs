using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators;

/// <summary>Weighted sums of factors of one shape, in float.</summary>
internal static class FactorMeans
{
    /// <summary>Sums <c>weight · factor</c>; the first product is rounded, the others are fused, in the order given.</summary>
    /// <returns>The sum in F32, in memory that lives as long as it is referred to.</returns>
    public static HostTensor Sum(IReadOnlyList<(double Weight, TensorSource Factor)> terms, AggregationContext context)
    {
        HostTensor sum = new(DataType.F32, terms[0].Factor.Shape);
        if (sum.Shape.ElementCount > 0)
        {
            using TensorSession session = context.Device.Open(
                [.. terms.Select(term => term.Factor)], new SessionOptions { CancellationToken = context.CancellationToken });
            session.Map(new WeightedSumMap([.. terms.Select((term, index) => (index, term.Weight))]), sum.Sink);
        }

        return sum;
    }
}
