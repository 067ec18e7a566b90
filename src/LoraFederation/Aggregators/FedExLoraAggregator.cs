using LoraFederation.LowRank;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>FedEx-LoRA: the means of the factors as in <see cref="FedItAggregator"/>, and what their product lacks as a residual for the base: <c>B̂ Â + (Σ p_k s_k B_k A_k − B̂ Â)</c>. Exact.</summary>
/// <remarks>
/// <para>Singhal et al. 2024, "FedEx-LoRA: Exact Aggregation for Federated and Efficient Fine-Tuning of Foundation Models" (arXiv 2410.09432).</para>
/// <para>Ranks: one for all. Upload: r·(m+n). Download: r·(m+n), and K−1 times as much for the residual. Server: 2K·r·(m+n), and as much for the residual. Where it
/// differs from the paper: any weights and scalings, not their plain mean; and the residual, of which the paper says that its rank is K·r, is sent with
/// the (K−1)·r that it has at most, or cut to <see cref="ResidualRank"/>.</para>
/// </remarks>
public sealed class FedExLoraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "fedex";

    /// <inheritdoc />
    public override Exactness Exactness => ResidualRank is null ? Exactness.Exact : Exactness.ExactBeforeTruncation;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.EqualRanks;

    /// <summary>Gets the most components of the residual that are sent: the largest.</summary>
    /// <value>At least 1; null by default: all, as they are.</value>
    public int? ResidualRank
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
        module.RequireEqualRanks(Name);
        LoraModule mean = FactorMeans.Average(module, context);
        return new AggregatedModule(mean) { Residual = Cut(FedExResidual.Create(module, context), context) };
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long factors = sizes.FactorParameters(sizes.MaxRank);
        long residual = sizes.FactorParameters(Math.Min(ResidualRank ?? int.MaxValue, (sizes.Clients - 1L) * sizes.MaxRank));
        return new RoundCost([.. sizes.Ranks.Select(_ => factors)], [.. sizes.Ranks.Select(_ => factors + residual)], 2.0 * sizes.Clients * factors * 2);
    }

    private LoraModule? Cut(LoraModule? residual, AggregationContext context)
    {
        if (residual is null || ResidualRank is not { } rank || rank >= residual.Rank)
        {
            return residual;
        }

        using LowRankSum sum = new([new LowRankTerm(residual, 1)]);
        return OrderedModules.Create(residual, OrderedModules.Decompose(sum, new TruncationOptions { MaximumRank = rank }, context));
    }
}
