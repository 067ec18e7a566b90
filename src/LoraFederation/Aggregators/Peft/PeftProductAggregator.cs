using ModelTensors;
using ModelTensors.LowRank;

namespace LoraFederation.Aggregators.Peft;

/// <summary>The types that make the products <c>s_k B_k A_k</c> sparse or elect their signs, and decompose what comes of it.</summary>
/// <remarks>
/// Products are computed tile by tile whenever a pass reads them; the combination is seen by blocks of rows and decomposed through a few random directions. Server:
/// eight times over R·m·n multiplications, and six over m·n for each direction.
/// </remarks>
public abstract class PeftProductAggregator : PeftDecompositionAggregator
{
    // Reads of the products: one for each multiplication by directions, and about two to select.
    private const int Decompositions = 6;
    private const int Reads = 8;

    private protected PeftProductAggregator()
    {
    }

    /// <inheritdoc />
    public sealed override Exactness Exactness => Exactness.Approximate;

    /// <summary>Gets how accurate the decomposition is; its key is replaced by one from the seed and the module.</summary>
    /// <value>Sixteen directions more than the rank and two power iterations by default; shorter sides up to 128 are exact.</value>
    public RandomizedSvdOptions Decomposition { get; init; } = new();

    /// <summary>Gets what becomes of the products.</summary>
    private protected abstract TaskVectorRule Rule { get; }

    /// <inheritdoc />
    public sealed override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        RandomizedSvdOptions options = Decomposition with { Key = Philox.DeriveKey(context.Seed, module.Path, "directions") };
        using CombinedProducts combined = new(module, Rule, context);
        SingularFactors factors = RandomizedSvd.Decompose(combined, RankOf(module), context.Device, options, context.CancellationToken);
        return new AggregatedModule(SvdFactors.Of(factors).Clamp(SvdClamp, module.Path).ToModule(module));
    }

    /// <inheritdoc />
    public sealed override RoundCost Cost(ModuleSizes sizes) => Cost(
        sizes,
        rank => 2.0 * sizes.Outputs * sizes.Inputs * ((Reads * (double)sizes.TotalRank) + (Decompositions * (double)(rank + Decomposition.Oversampling))));
}
