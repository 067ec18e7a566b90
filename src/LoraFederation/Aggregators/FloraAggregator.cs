using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>FLoRA: the factors of all clients side by side, <c>[B_1 | … | B_K] · [p_1 s_1 A_1 ; … ; p_K s_K A_K] = Σ p_k s_k B_k A_k</c>. Exact, for any mix of ranks.</summary>
/// <remarks>
/// <para>Wang et al. 2024, "FLoRA: Federated Fine-Tuning Large Language Models with Heterogeneous Low-Rank Adaptations" (arXiv 2409.05976), section 3.</para>
/// <para>Ranks: any; the result's is their sum R. Upload: r_k·(m+n). Download: R·(m+n) for every client. Server: a copy. Where it differs from the paper:
/// scalings are folded with the weights, so clients may have different ones. Nothing is held in memory: the stack is computed while it is read.</para>
/// </remarks>
public sealed class FloraAggregator : LoraAggregator
{
    // Below its smallest normal number F16 loses bits.
    private const double SmallestNormalHalf = 6.103515625e-5;

    /// <inheritdoc />
    public override string Name => "flora";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Exact;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        DataType type = context.OutputType ?? module.CommonType;
        if (context.Placement == WeightPlacement.Balanced)
        {
            return new AggregatedModule(BalancedStack.Create(module, type, context));
        }

        bool isOnA = context.Placement == WeightPlacement.OnA;
        if (type == DataType.F16)
        {
            CheckUnderflow(module, isOnA, context);
        }

        TensorSource a = new StackedRowsSource(
            [.. module.Clients.Select(client => (client.Module.A, isOnA ? (float)client.Coefficient : 1))], module.Inputs, type);
        TensorSource b = new StackedColumnsSource(
            [.. module.Clients.Select(client => ConvertedSource.Of(client.Module.B, type, isOnA ? 1 : (float)client.Coefficient))], module.Outputs, type);
        return new AggregatedModule(module.CreateModule(a, b));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long stack = sizes.FactorParameters(sizes.TotalRank);
        return new RoundCost([.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))], [.. sizes.Ranks.Select(_ => stack)], stack);
    }

    private static void CheckUnderflow(ModuleContributions module, bool isOnA, AggregationContext context)
    {
        foreach (Contribution client in module.Clients.Where(client => client.Coefficient != 0))
        {
            double largest = Factors.LargestMagnitude(isOnA ? client.Module.A : client.Module.B, context.CancellationToken);
            if (largest > 0 && Math.Abs(client.Coefficient) * largest < SmallestNormalHalf)
            {
                throw new FederationException(
                    FederationError.Underflow,
                    $"Module '{module.Path}' of client '{client.ClientId}': its weight times scaling, {client.Coefficient:g3}, brings the largest number of {(isOnA ? 'A' : 'B')}, "
                    + $"{largest:g3}, below what F16 holds in full. Use {nameof(WeightPlacement)}.{nameof(WeightPlacement.Balanced)}, or BF16 or F32 output.",
                    client.ClientId,
                    module.Path);
            }
        }
    }
}
