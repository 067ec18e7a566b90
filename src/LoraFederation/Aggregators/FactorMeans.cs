using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
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

    /// <summary>Averages both factors, <c>Â = Σ p_k √s_k A_k</c> and <c>B̂ = Σ p_k √s_k B_k</c>; those of lower ranks count as zero in the components that they lack.</summary>
    public static LoraModule Average(ModuleContributions module, AggregationContext context)
    {
        int rank = module.MaxRank;
        HostTensor a = Sum([.. module.Clients.Select(client => (client.Weight * client.RootOnA, PaddedSource.Of(client.Module.A, 0, rank)))], context);
        HostTensor b = Sum([.. module.Clients.Select(client => (client.Weight * client.RootOnB, PaddedSource.Of(client.Module.B, 1, rank)))], context);
        return module.CreateModule(a.Source, b.Source);
    }
}
