using LoraFederation.LowRank;

namespace LoraFederation.Aggregators;

/// <summary>FLoRIST: the exact sum <c>Σ p_k s_k B_k A_k</c>, decomposed, of which each module keeps the fewest components that hold a share τ of its energy. Exact at τ = 1.</summary>
/// <remarks>
/// <para>Ramesh and Dass 2025, "FLoRIST: Singular Value Thresholding for Efficient and Accurate Federated Fine-Tuning of Large Language Models" (arXiv 2506.09199).</para>
/// <para>Ranks: any; the result's is the smallest p with <c>σ_1² + … + σ_p² ≥ τ Σ σ²</c>, module by module. Upload: r_k·(m+n). Download: p·(m+n), often less than the upload; it depends on
/// the updates, and the prediction counts what it is at most. Server: R²·(m+n) for Gram matrices, 18·R³ between them and 2R·p·(m+n) for the components; more by QR, where all are kept.
/// Where it differs from the paper: the roots of the singular values are in both factors and not all in B, which 16-bit types hold better.</para>
/// </remarks>
public sealed class FloristAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "florist";

    /// <inheritdoc />
    public override Exactness Exactness => Energy >= 1 && Rank is null ? Exactness.Exact : Exactness.ExactBeforeTruncation;

    /// <summary>Gets τ, the share of the energy <c>Σ σ²</c> that is kept.</summary>
    /// <value>In (0, 1]; 0.9 by default, 1 keeps all.</value>
    public double Energy
    {
        get;
        init
        {
            if (!(value > 0 && value <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A share of energy is above 0 and at most 1.");
            }

            field = value;
        }
    }
    = 0.9;

    /// <summary>Gets the most components that are kept, whatever the threshold says.</summary>
    /// <value>At least 1; null by default: any number.</value>
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
        OrderedFactors factors = OrderedModules.Decompose(sum, new TruncationOptions { Energy = Energy, MaximumRank = Rank ?? int.MaxValue }, context);
        return new AggregatedModule(OrderedModules.Create(module.Clients[0].Module, factors));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long kept = Math.Min(Rank ?? int.MaxValue, OrderedModules.LargestRank(sizes));
        long down = sizes.FactorParameters(kept);
        return new RoundCost([.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))], [.. sizes.Ranks.Select(_ => down)], OrderedModules.Operations(sizes, kept));
    }
}
