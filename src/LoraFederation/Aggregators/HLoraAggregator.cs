using LoraFederation.LowRank;

namespace LoraFederation.Aggregators;

/// <summary>HLoRA: the exact sum <c>Σ p_k s_k B_k A_k</c>, decomposed and cut to one rank for all; a client of a lower rank takes the first components. Exact before that cut.</summary>
/// <remarks>
/// <para>Liu et al. 2025, "HLoRA: Efficient Federated Learning System for LLM Heterogeneous Fine-Tuning" (arXiv 2503.00813).</para>
/// <para>Ranks: any; the result's is <see cref="Rank"/>. Components are ordered, so the first r_k rows of A and columns of B are the best approximation of rank r_k.
/// Upload: r_k·(m+n). Download: p·(m+n), p being that rank. Server: R²·(m+n) for Gram matrices, 18·R³ between them and 2R·p·(m+n) for the components; more by QR, where all are kept.
/// Where it differs from the paper's code: the clients' scalings count, as they must where ranks differ and alphas do not.</para>
/// </remarks>
public sealed class HLoraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "hlora";

    /// <inheritdoc />
    public override Exactness Exactness => Rank == int.MaxValue ? Exactness.Exact : Exactness.ExactBeforeTruncation;

    /// <summary>Gets the most components that are kept.</summary>
    /// <value>At least 1; null by default: the greatest rank of the clients, module by module. <see cref="int.MaxValue"/> cuts nothing.</value>
    public int? Rank
    {
        get;
        init
        {
            if (value is { } rank)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1, nameof(value));
            }

            field = value;
        }
    }

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        using LowRankSum sum = module.ToSum();
        OrderedFactors factors = OrderedModules.Decompose(sum, new TruncationOptions { MaximumRank = Rank ?? module.MaxRank }, context);
        return new AggregatedModule(OrderedModules.Create(module.Clients[0].Module, factors));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long kept = Math.Min(Rank ?? sizes.MaxRank, OrderedModules.LargestRank(sizes));
        long down = sizes.FactorParameters(kept);
        return new RoundCost([.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))], [.. sizes.Ranks.Select(_ => down)], OrderedModules.Operations(sizes, kept));
    }
}
