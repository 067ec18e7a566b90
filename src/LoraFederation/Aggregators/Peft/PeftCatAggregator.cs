namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>cat</c>: the factors beside each other, <c>[B_1 | … | B_K] · [w_1 s_1 A_1 ; … ; w_K s_K A_K]</c>. Exact for any weights and ranks, which is FLoRA's stack.</summary>
/// <remarks>
/// Ranks: any; the result's is their sum R, module by module, of the clients that have the module. Upload: r_k·(m+n). Download: R·(m+n). Server: a copy. The
/// stack is computed while it is read.
/// </remarks>
public sealed class PeftCatAggregator : LoraAggregator
{
    private static readonly FloraAggregator Stack = new();

    /// <inheritdoc />
    public override string Name => "peft_cat";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Exact;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context) => Stack.Aggregate(module, context);

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes) => Stack.Cost(sizes);
}
