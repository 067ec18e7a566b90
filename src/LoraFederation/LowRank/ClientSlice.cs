using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>What FlexLoRA sends a client: the first r_k components with <c>B = U S / s_k</c> and <c>A = Vᵀ</c>, the best update of the client's rank.</summary>
/// <remarks>Bai et al. 2024, "Federated Fine-tuning of Large Language Models under Heterogeneous Tasks and Client Resources" (arXiv 2402.11505), section 3.</remarks>
public static class ClientSlice
{
    /// <summary>Creates the client's factors: <c>s_k B A</c> is the sum of the first r_k components.</summary>
    /// <param name="factors">The components of the aggregate.</param>
    /// <param name="rank">r_k, at least 1. What the aggregate has too few of is fresh: B zero, A even in ±1/√columns.</param>
    /// <param name="scaling">s_k, above 0: the client's alpha over its rank, or over its root.</param>
    /// <param name="key">The key of fresh components.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is below 1, or the scaling not above 0 and finite.</exception>
    public static ClientFactors Create(OrderedFactors factors, int rank, double scaling, PhiloxKey key = default) =>
        ClientFactors.Create(factors, rank, scaling, key, value => (Math.Sqrt(value) / scaling, 1 / Math.Sqrt(value)));
}
