using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators.Peft;

/// <summary>
/// The types of PEFT's <c>add_weighted_adapter</c> that combine the factors A and the factors B by themselves, each weighted by <c>√|w_k s_k|</c>. The product of
/// such a combination has cross terms <c>B_i A_j</c> that no client trained.
/// </summary>
/// <remarks>
/// Ranks: one for all, module by module. Upload and download: r·(m+n). Server: 2K·r·(m+n). The sign of a weight goes on A alone, so that it is not lost in the
/// product; the scaling of the result is one.
/// </remarks>
public abstract class PeftFactorAggregator : LoraAggregator
{
    private protected PeftFactorAggregator()
    {
    }

    /// <inheritdoc />
    public sealed override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public sealed override AggregatorNeeds Needs => AggregatorNeeds.EqualRanks;

    /// <summary>Gets what becomes of the tensors of one factor.</summary>
    private protected abstract TaskVectorRule Rule { get; }

    /// <summary>Gets the method to name where ranks differ.</summary>
    private protected abstract string ForUnequalRanks { get; }

    /// <inheritdoc />
    public sealed override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        module.RequireEqualRanks(Name, ForUnequalRanks);
        double[] weights = [.. module.Clients.Select(client => Math.Sqrt(Math.Abs(client.Coefficient)))];
        double[] signed = [.. module.Clients.Zip(weights, (client, weight) => Math.CopySign(weight, client.Coefficient))];
        HostTensor a = Combine([.. module.Clients.Select(client => client.Module.A)], signed, $"{module.Path}.lora_A", module, context);
        HostTensor b = Combine([.. module.Clients.Select(client => client.Module.B)], weights, $"{module.Path}.lora_B", module, context);
        return new AggregatedModule(module.CreateModule(a.Source, b.Source));
    }

    /// <inheritdoc />
    public sealed override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long factors = sizes.FactorParameters(sizes.MaxRank);
        return new RoundCost([.. sizes.Ranks.Select(_ => factors)], [.. sizes.Ranks.Select(_ => factors)], 2.0 * sizes.Clients * factors);
    }

    private HostTensor Combine(IReadOnlyList<TensorSource> factors, double[] weights, string name, ModuleContributions module, AggregationContext context)
    {
        HostTensor result = new(DataType.F32, factors[0].Shape);
        using TensorSession session = context.Device.Open(factors, new SessionOptions { CancellationToken = context.CancellationToken });
        session.Map(Rule.Prepare(session, weights, input => Philox.DeriveKey(context.Seed, name, module.Clients[input].ClientId)), result.Sink);
        return result;
    }
}
