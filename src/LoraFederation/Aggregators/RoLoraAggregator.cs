using ModelTensors;

namespace LoraFederation.Aggregators;

/// <summary>RoLoRA: rounds freeze A and B in turn, and the other one is averaged: <c>(Σ p_k s_k B_k) · A</c> or <c>B · (Σ p_k s_k A_k)</c>. Exact.</summary>
/// <remarks>
/// <para>Chen et al. 2025, "Robust Federated Finetuning of LLMs via Alternating Optimization of LoRA" (arXiv 2502.01755).</para>
/// <para>Ranks: one for all; that the frozen factor is the same is checked. Upload and download: r·m in rounds that train B, r·n in those that train A; the prediction
/// counts the dearer one. Server: 2K times that. Where it differs from the paper: scalings are folded with the weights, so clients may have different ones.</para>
/// </remarks>
public sealed class RoLoraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "rolora";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Exact;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.SharedAOrB;

    /// <inheritdoc />
    public override bool IsLinear => true;

    /// <summary>Gets how the method knows which factor the round froze.</summary>
    /// <value><see cref="RoLoraSchedule.Detected"/> by default.</value>
    public RoLoraSchedule Schedule { get; init; }

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        module.RequireEqualRanks(Name);
        if (HasFrozenA(module, context))
        {
            HostTensor b = FactorMeans.Sum([.. module.Clients.Select(client => (client.Coefficient, client.Module.B))], context);
            return new AggregatedModule(module.CreateModule(module.Clients[0].Module.A, b.Source));
        }

        HostTensor a = FactorMeans.Sum([.. module.Clients.Select(client => (client.Coefficient, client.Module.A))], context);
        return new AggregatedModule(module.CreateModule(a.Source, module.Clients[0].Module.B));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long factor = checked(sizes.MaxRank * Math.Max(sizes.Outputs, sizes.Inputs));
        return new RoundCost([.. sizes.Ranks.Select(_ => factor)], [.. sizes.Ranks.Select(_ => factor)], 2.0 * sizes.Clients * factor);
    }

    private bool HasFrozenA(ModuleContributions module, AggregationContext context)
    {
        bool isByRound = Schedule == RoLoraSchedule.ByRound;
        bool trainsB = context.Round % 2 == 0;
        int differentA = isByRound && !trainsB ? 0 : FrozenFactors.FindDifferent([.. module.Clients.Select(client => client.Module.A)], context);
        if (differentA < 0)
        {
            return true;
        }

        int differentB = isByRound && trainsB ? 0 : FrozenFactors.FindDifferent([.. module.Clients.Select(client => client.Module.B)], context);
        return differentB < 0
            ? false
            : throw (isByRound
                ? FrozenFactors.Differs(module, Name, $"factor {(trainsB ? 'A' : 'B')} in round {context.Round}", trainsB ? differentA : differentB)
                : FrozenFactors.Differs(module, Name, "factor A or factor B", differentA));
    }
}
