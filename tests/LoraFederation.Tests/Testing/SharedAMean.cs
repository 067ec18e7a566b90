using LoraFederation.Aggregators;
using ModelTensors;

namespace LoraFederation.Tests.Testing;

/// <summary>The plainest method with a frozen A: the weighted sum of B.</summary>
internal sealed class SharedAMean : LoraAggregator
{
    public override string Name => "shared_a_mean";

    public override Exactness Exactness => Exactness.Exact;

    public override AggregatorNeeds Needs => AggregatorNeeds.SharedA;

    public override bool IsLinear => true;

    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        double[] sum = new double[module.Outputs * module.MaxRank];
        foreach (Contribution client in module.Clients)
        {
            float[] values = Dense.Values(client.Module.B);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += client.Coefficient * values[i];
            }
        }

        return new AggregatedModule(module.CreateModule(
            module.Clients[0].Module.A, HostTensor.FromSingles([.. sum.Select(value => (float)value)], new TensorShape(module.Outputs, module.MaxRank)).Source));
    }

    public override RoundCost Cost(ModuleSizes sizes) => new([], [], 0);
}
