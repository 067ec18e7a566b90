using LoraFederation.LowRank;

namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>svd</c>: the best approximation of <c>Σ w_k s_k B_k A_k</c> of a rank, from the factors; exact while the rank suffices.</summary>
/// <remarks>Server: about 2·R²·(m+n). A sum of lower rank than asked for gives fewer components.</remarks>
public sealed class PeftSvdAggregator : PeftDecompositionAggregator
{
    /// <inheritdoc />
    public override string Name => "peft_svd";

    /// <inheritdoc />
    public override Exactness Exactness => SvdClamp is null ? Exactness.ExactBeforeTruncation : Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        using LowRankSum sum = module.ToSum();
        using OrderedFactors factors = TruncatedSvd.Decompose(
            sum, context.Device, new TruncationOptions { MaximumRank = RankOf(module) }, cancellationToken: context.CancellationToken);
        return new AggregatedModule(SvdFactors.Of(factors).Clamp(SvdClamp, module.Path).ToModule(module));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes) => Cost(sizes, _ => 2.0 * sizes.TotalRank * sizes.TotalRank * (sizes.Outputs + sizes.Inputs));
}
