using LoraFederation.LowRank;

namespace LoraFederation.Aggregators;

/// <summary>FlexLoRA: the exact sum <c>Σ p_k s_k B_k A_k</c>, decomposed, of which each client gets the best approximation of its own rank. Exact before that cut.</summary>
/// <remarks>
/// <para>Bai et al. 2024, "Federated Fine-tuning of Large Language Models under Heterogeneous Tasks and Client Resources" (arXiv 2402.11505).</para>
/// <para>Ranks: any; the adapter for all has that of the sum, at most R. Upload and download: r_k·(m+n). Server: R²·(m+n) for Gram matrices, 18·R³ between them and 2R·p·(m+n)
/// for p components; more by QR, where all are kept. Where it differs from the paper: the dense matrix is never formed; and where the sum has fewer components than a client
/// has, the others are fresh, with a B of zeros.</para>
/// </remarks>
public sealed class FlexLoraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "flexlora";

    /// <inheritdoc />
    public override Exactness Exactness => Rank is null && !IsPersonal ? Exactness.Exact : Exactness.ExactBeforeTruncation;

    /// <summary>Gets the most components of the adapter for all.</summary>
    /// <value>At least 1; null by default: all.</value>
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

    /// <summary>Gets whether each client gets an adapter of its own rank and scaling, in the place of the one for all.</summary>
    /// <value>True by default.</value>
    public bool IsPersonal { get; init; } = true;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        int rank = Rank ?? int.MaxValue;
        using LowRankSum sum = module.ToSum();
        OrderedFactors factors = OrderedModules.Decompose(sum, new TruncationOptions { MaximumRank = IsPersonal ? Math.Max(rank, module.MaxRank) : rank }, context);
        AggregatedModule aggregated = new(OrderedModules.Create(module.Clients[0].Module, factors, rank));
        return IsPersonal ? aggregated with { Personal = OrderedModules.ForClients(module, factors, context) } : aggregated;
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long global = Math.Min(Rank ?? int.MaxValue, OrderedModules.LargestRank(sizes));
        long[] own = [.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))];
        return new RoundCost(own, IsPersonal ? own : [.. own.Select(_ => sizes.FactorParameters(global))], OrderedModules.Operations(sizes, global));
    }
}
