using ModelTensors.LowRank;

namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>svd</c>: the best approximation of <c>Σ w_k s_k B_k A_k</c> of a rank.</summary>
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
        using CombinedProducts combined = new(module, new TaskVectorRule(TaskVectorSparsity.None), context);
        SingularFactors factors = RandomizedSvd.Decompose(combined, RankOf(module), context.Device, null, context.CancellationToken);
        return new AggregatedModule(SvdFactors.Of(factors).Clamp(SvdClamp, module.Path).ToModule(module));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes) => Cost(sizes, rank => 2.0 * sizes.TotalRank * sizes.TotalRank * (sizes.Outputs + sizes.Inputs));
}
