using LoraFederation.LowRank;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>HetLoRA: zero-padded means, weighted by how much each client changed, of which each client gets as many components as it has. Not exact.</summary>
/// <remarks>
/// <para>Cho et al. 2024, "Heterogeneous LoRA for Federated Fine-tuning of On-Device Foundation Models" (arXiv 2401.06432): the server's part. The clients'
/// part, a penalty on their last components and the pruning of them, is a matter of training.</para>
/// <para>Ranks: any; the adapter for all has the greatest, r_max, and client k gets the first r_k components of it. Weights: <c>‖ΔW_k‖ / Σ ‖ΔW‖</c>, the norm being that of
/// the whole adapter, in the place of those given; a client of weight zero stays out. Upload and download: r_k·(m+n). Server: 2K·r_max·(m+n), and
/// r_k²·(m+n) for each norm. Half of each scaling goes to either factor.</para>
/// </remarks>
public sealed class HetLoraAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "hetlora";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <summary>Weighs each client by the norm of its whole update; where all updates are zero the weights stay as they are.</summary>
    /// <param name="federation">The updates.</param>
    /// <param name="weights">A weight for each update; only whether it is zero counts.</param>
    /// <param name="context">What to compute with.</param>
    public override IReadOnlyList<double> Reweigh(Federation federation, IReadOnlyList<double> weights, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(federation);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(context);
        double[] norms = [.. federation.Updates.Select((update, index) => weights[index] > 0
            ? Math.Sqrt(update.Adapter.Modules.Sum(module => Factors.SquaredNorm(module, context)))
            : 0)];
        return norms.Any(norm => norm > 0) ? norms : weights;
    }

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        LoraModule mean = FactorMeans.Average(module, context);
        return new AggregatedModule(mean)
        {
            Personal = module.Clients.ToDictionary(
                client => client.ClientId,
                client => module.CreateModule(SlicedSource.Of(mean.A, 0, 0, client.Rank), SlicedSource.Of(mean.B, 1, 0, client.Rank)),
                StringComparer.Ordinal),
        };
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long[] own = [.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))];
        double norms = sizes.Ranks.Sum(rank => (double)rank * sizes.FactorParameters(rank));
        return new RoundCost(own, own, (2.0 * sizes.Clients * sizes.FactorParameters(sizes.MaxRank)) + norms);
    }
}
