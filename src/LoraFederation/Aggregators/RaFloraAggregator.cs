using LoraFederation.LowRank;

namespace LoraFederation.Aggregators;

/// <summary>raFLoRA: components are averaged over the clients that have such, not over all: <c>Σ_i Σ_(k: r_k ≥ i) (p_k / P_i) s_k b_ki a_ki</c> with <c>P_i = Σ_(k: r_k ≥ i) p_k</c>. Not the sum of the updates, on purpose: what only clients of high ranks have is not watered down.</summary>
/// <remarks>
/// <para>Wu et al. 2026, "Preventing Rank Collapse in Federated Low-Rank Adaptation with Client Heterogeneity" (arXiv 2602.13486), section 5. b_ki and a_ki are column i of B_k and
/// row i of A_k. Where all ranks are equal it is the exact sum.</para>
/// <para>Ranks: any; the adapter for all has the greatest, r_max, after a decomposition as in <see cref="FlexLoraAggregator"/>, and each client gets the best approximation of its rank.
/// Upload and download: r_k·(m+n). Server: R²·(m+n) for Gram matrices, 18·R³ between them and 2R·r_max·(m+n) for the components. Where clients that lack the module
/// count as zero, so does their share of each component.</para>
/// </remarks>
public sealed class RaFloraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "raflora";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        using LowRankSum sum = new(Partitions(module));
        OrderedFactors factors = OrderedModules.Decompose(sum, new TruncationOptions { MaximumRank = module.MaxRank }, context);
        return new AggregatedModule(OrderedModules.Create(module.Clients[0].Module, factors)) { Personal = OrderedModules.ForClients(module, factors, context) };
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long[] own = [.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))];
        return new RoundCost(own, own, OrderedModules.Operations(sizes, Math.Min(sizes.MaxRank, OrderedModules.LargestRank(sizes))));
    }

    /// <summary>Cuts the updates where ranks end; the parts of one range of components share a divisor.</summary>
    private static List<LowRankTerm> Partitions(ModuleContributions module)
    {
        List<LowRankTerm> terms = [];
        int start = 0;
        foreach (int end in module.Clients.Select(client => client.Rank).Distinct().Order())
        {
            Contribution[] holders = [.. module.Clients.Where(client => client.Rank >= end)];
            double weight = holders.Sum(client => client.Weight);
            int length = end - start;
            foreach (Contribution client in holders)
            {
                terms.Add(new LowRankTerm(
                    module.CreateModule(SlicedSource.Of(client.Module.A, 0, start, length), SlicedSource.Of(client.Module.B, 1, start, length)),
                    weight > 0 ? client.Coefficient * module.TotalWeight / weight : 0));
            }

            start = end;
        }

        return terms;
    }
}
