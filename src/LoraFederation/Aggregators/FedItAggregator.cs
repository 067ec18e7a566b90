namespace LoraFederation.Aggregators;

/// <summary>FedIT: the mean of the factors, <c>(Σ p_k √s_k B_k) · (Σ p_k √s_k A_k)</c>. Not exact: the terms that are wanted count p_k² and cross terms come in.</summary>
/// <remarks>
/// <para>Zhang et al. 2023, "Towards Building the Federated GPT: Federated Instruction Tuning" (arXiv 2305.05644). Here as the baseline that most frameworks
/// ship. Exact only where all A or all B are equal.</para>
/// <para>Ranks: one for all. Upload and download: r·(m+n). Server: 2K·r·(m+n). Where clients have different scalings, half of each goes to either
/// factor; with one scaling s this is <c>s B̂ Â</c>.</para>
/// </remarks>
public sealed class FedItAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "fedit";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.EqualRanks;

    /// <inheritdoc />
    public override bool IsLinear => true;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        module.RequireEqualRanks(Name);
        return new AggregatedModule(FactorMeans.Average(module, context));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long factors = sizes.FactorParameters(sizes.MaxRank);
        return new RoundCost([.. sizes.Ranks.Select(_ => factors)], [.. sizes.Ranks.Select(_ => factors)], 2.0 * sizes.Clients * factors);
    }
}
