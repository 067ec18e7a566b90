using ModelTensors;

namespace LoraFederation.Aggregators;

/// <summary>FFA-LoRA: A is frozen and the same with all clients, B is averaged, <c>(Σ p_k s_k B_k) · A</c>. Exact.</summary>
/// <remarks>
/// <para>Sun et al. 2024, "Improving LoRA in Privacy-preserving Federated Learning" (arXiv 2403.12313).</para>
/// <para>Ranks: one for all; that A is the same is checked. Upload and download: r·m. Server: 2K·r·m. Where it differs from the paper: scalings are folded into B
/// with the weights, so clients may have different ones. The bytes of A stay.</para>
/// </remarks>
public sealed class FfaLoraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "ffa";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Exact;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.SharedA;

    /// <inheritdoc />
    public override bool IsLinear => true;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        TensorSource a = FrozenFactors.RequireSharedA(module, Name, context);
        HostTensor b = FactorMeans.Sum([.. module.Clients.Select(client => (client.Coefficient, client.Module.B))], context);
        return new AggregatedModule(module.CreateModule(a, b.Source));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long factor = checked(sizes.MaxRank * sizes.Outputs);
        return new RoundCost([.. sizes.Ranks.Select(_ => factor)], [.. sizes.Ranks.Select(_ => factor)], 2.0 * sizes.Clients * factor);
    }
}
