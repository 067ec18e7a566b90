namespace LoraFederation.Aggregators.Peft;

/// <summary>The types of PEFT's <c>add_weighted_adapter</c> that combine products and decompose the result: <c>B = U S</c>, <c>A = Vᵀ</c> of the largest singular values.</summary>
/// <remarks>
/// Ranks: any. Upload: r_k·(m+n). Download: p·(m+n) for the rank p of the result. Where it differs from PEFT: a scaling counts once (PEFT multiplies by it twice
/// in its releases 0.18 to 0.20), and nothing of the weight's size is held. The entry of largest magnitude of each column of U is positive.
/// </remarks>
public abstract class PeftDecompositionAggregator : LoraAggregator
{
    private protected PeftDecompositionAggregator()
    {
    }

    /// <summary>Gets the rank of the result.</summary>
    /// <value>At least 1; null by default: module by module, the greatest rank of the clients. Never more than the weight's shorter side.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? SvdRank
    {
        get;
        init => field = CheckRank(value);
    }

    /// <summary>Gets the quantile of all numbers of both factors to whose size they are cut off.</summary>
    /// <value>In (0, 1]; null by default: nothing is cut off.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double? SvdClamp
    {
        get;
        init => field = CheckClamp(value);
    }

    internal static int? CheckRank(int? value) => value is null or >= 1
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A rank is at least 1.");

    internal static double? CheckClamp(double? value) => value is null or (> 0 and <= 1)
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A quantile to clamp at is in (0, 1].");

    private protected int RankOf(ModuleContributions module) => (int)Math.Min(SvdRank ?? module.MaxRank, Math.Min(module.Outputs, module.Inputs));

    private protected RoundCost Cost(ModuleSizes sizes, Func<long, double> operations)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long rank = Math.Min(SvdRank ?? sizes.MaxRank, Math.Min(sizes.Outputs, sizes.Inputs));
        long factors = sizes.FactorParameters(rank);
        return new RoundCost([.. sizes.Ranks.Select(own => sizes.FactorParameters(own))], [.. sizes.Ranks.Select(_ => factors)], operations(rank));
    }
}
