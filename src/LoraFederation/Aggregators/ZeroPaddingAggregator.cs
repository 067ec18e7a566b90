namespace LoraFederation.Aggregators;

/// <summary>Zero-padding: <see cref="FedItAggregator"/> for any mix of ranks, with zeros for the components that a client lacks. Not exact, and the lower ranks water the higher ones down.</summary>
/// <remarks>
/// <para>The baseline of Wang et al. 2024, "FLoRA" (arXiv 2409.05976), and of Cho et al. 2024, "Heterogeneous LoRA for Federated Fine-tuning of On-Device
/// Foundation Models" (arXiv 2401.06432). A component of index i is averaged with the zeros of every client of rank i or less, in A and in B.</para>
/// <para>Ranks: any; the result's is the greatest, r_max. Upload: r_k·(m+n). Download: r_max·(m+n). Server: 2K·r_max·(m+n). Where all ranks are equal it is FedIT to
/// the bit. Half of each scaling goes to either factor.</para>
/// </remarks>
public sealed class ZeroPaddingAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "zero_padding";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override bool IsLinear => true;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        return new AggregatedModule(FactorMeans.Average(module, context));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long padded = sizes.FactorParameters(sizes.MaxRank);
        return new RoundCost([.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))], [.. sizes.Ranks.Select(_ => padded)], 2.0 * sizes.Clients * padded);
    }
}
