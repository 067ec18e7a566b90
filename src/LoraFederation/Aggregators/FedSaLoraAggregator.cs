using ModelTensors;

namespace LoraFederation.Aggregators;

/// <summary>FedSA-LoRA: A is averaged and shared, each client keeps its own B: <c>s_k B_k · (Σ p_k A_k)</c> for client k. Personal: there is no common product to be exact about.</summary>
/// <remarks>
/// <para>Guo et al. 2025, "Selective Aggregation for Low-Rank Adaptation in Federated Learning" (arXiv 2410.01463).</para>
/// <para>Ranks: one for all. Upload and download: r·n; B never leaves the client in the paper, so nothing that is shared holds it: the adapter for all has the mean A
/// and a B of zeros, as a client starts that joins later. Server: 2K·r·n. Weights are of the clients that have the module: a mean of A is not an update, to
/// which absent ones would add zero.</para>
/// </remarks>
public sealed class FedSaLoraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "fedsa";

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
        int rank = module.RequireEqualRanks(Name);
        double total = module.TotalWeight;
        if (!(total > 0))
        {
            throw new FederationException(
                FederationError.Weights, $"All clients that have '{module.Path}' weigh nothing, so there is no mean of its A.", module: module.Path);
        }

        TensorSource a = FactorMeans.Sum([.. module.Clients.Select(client => (client.Weight / total, client.Module.A))], context).Source;
        HostTensor b = new(module.CommonType, new TensorShape(module.Outputs, rank));
        return new AggregatedModule(module.CreateModule(a, b.Source))
        {
            Personal = module.Clients.ToDictionary(
                client => client.ClientId, client => module.CreateModule(a, client.Module.B, scaling: client.Module.Scaling), StringComparer.Ordinal),
        };
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long factor = checked(sizes.MaxRank * sizes.Inputs);
        return new RoundCost([.. sizes.Ranks.Select(_ => factor)], [.. sizes.Ranks.Select(_ => factor)], 2.0 * sizes.Clients * factor);
    }
}
