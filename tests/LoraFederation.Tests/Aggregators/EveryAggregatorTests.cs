using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>What holds for every aggregator that is registered.</summary>
public sealed class EveryAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly string[] Names = [.. LoraAggregatorRegistry.CreateDefault().Aggregators.Select(aggregator => aggregator.Name)];

    private static readonly string[] OfPlainModules =
        [.. LoraAggregatorRegistry.CreateDefault().Aggregators.Where(aggregator => aggregator.Needs != AggregatorNeeds.SharedFactors).Select(aggregator => aggregator.Name)];

    // Methods that give one client back what it sent: nothing is cut to fewer components than it has.
    private static readonly string[] Faithful =
    [
        "fedex", "fedit", "fedsa", "fedsb", "fedsvd", "ffa", "flexlora", "flora", "hetlora", "hlora", "lora_fair", "raflora", "rolora", "zero_padding",
    ];

    [TestCaseSource(nameof(Names))]
    public void Aggregator_DoesNotDependOnTheOrderOfArrival_NorOnThreads(string name)
    {
        LoraAggregator aggregator = Find(name);
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(6, aggregator.Needs, clients: 5);
        using CpuDevice wide = new(new CpuDeviceOptions { Threads = 4 });
        byte[] one = Bytes(new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates));
        byte[] other = Bytes(new LoraFederator(wide).Aggregate(new AggregationRecipe(aggregator), updates.Reverse()));
        Assert.That(other.AsSpan().SequenceEqual(one), Is.True);
    }

    [TestCaseSource(nameof(OfPlainModules))]
    public void Aggregator_TreatsAConvolutionLikeTheMatrixThatItIs(string name)
    {
        LoraAggregator aggregator = Find(name);
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(8, aggregator.Needs, clients: 3, hasMissing: false);
        AggregationResult linear = new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);
        AggregationResult convolutions = new LoraFederator(Device).Aggregate(
            new AggregationRecipe(aggregator),
            updates.Select(update => new ClientUpdate(update.ClientId, new LoraAdapter(update.Adapter.Modules.Select(AsConvolution)), update.Examples)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Bytes(convolutions).AsSpan().SequenceEqual(Bytes(linear)), Is.True);
            Assert.That(
                convolutions.Personal.Values.Append(convolutions.Adapter).SelectMany(adapter => adapter.Modules).Select(module => module.A.Shape.Rank + module.B.Shape.Rank),
                Is.All.EqualTo(8));
        }
    }

    [TestCaseSource(nameof(OfPlainModules))]
    public void Aggregator_KeepsTheTypeOfTheFactors(string name)
    {
        LoraAggregator aggregator = Find(name);
        IEnumerable<ClientUpdate> updates = RandomFederation.Create(8, aggregator.Needs, clients: 3, hasMissing: false)
            .Select(update => new ClientUpdate(update.ClientId, new LoraAdapter(update.Adapter.Modules.Select(AsBFloat16)), update.Examples));
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);
        Assert.That(
            result.Personal.Values.Append(result.Adapter).SelectMany(adapter => adapter.Modules).SelectMany(module => new[] { module.A.DataType, module.B.DataType }),
            Is.All.EqualTo(DataType.BF16));
    }

    [TestCaseSource(nameof(Faithful))]
    public void Aggregator_OfOneClient_GivesItBack(string name)
    {
        LoraAggregator aggregator = Find(name);
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(4, aggregator.Needs, clients: 1);
        Assert.That(Dense.Errors(new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates), updates), Is.All.LessThan(1e-6));
    }

    private static LoraAggregator Find(string name) => LoraAggregatorRegistry.CreateDefault().Aggregators.Single(aggregator => string.Equals(aggregator.Name, name, StringComparison.Ordinal));

    private static byte[] Bytes(AggregationResult result) =>
    [
        .. new[] { result.Adapter, result.Residual }
            .Concat(result.Personal.OrderBy(client => client.Key, StringComparer.Ordinal).Select(client => client.Value))
            .Where(adapter => adapter is not null)
            .SelectMany(adapter => adapter!.Modules)
            .SelectMany(module => Dense.Bytes(module.A).Concat(Dense.Bytes(module.B)).Concat(BitConverter.GetBytes(module.Scaling))),
    ];

    private static LoraModule AsBFloat16(LoraModule module) => new(
        module.Path,
        module.Kind,
        HostTensor.FromSingles(Dense.Values(module.A), module.A.Shape, DataType.BF16).Source,
        HostTensor.FromSingles(Dense.Values(module.B), module.B.Shape, DataType.BF16).Source,
        module.Scaling);

    private static LoraModule AsConvolution(LoraModule module)
    {
        long inputs = module.A.Shape[1];
        long kernel = inputs % 4 == 0 ? 2 : 1;
        return new LoraModule(
            module.Path,
            LoraModuleKind.Convolution,
            HostTensor.FromSingles(Dense.Values(module.A), new TensorShape(module.Rank, inputs / (kernel * kernel), kernel, kernel)).Source,
            HostTensor.FromSingles(Dense.Values(module.B), new TensorShape(module.B.Shape[0], module.Rank, 1, 1)).Source,
            module.Scaling);
    }
}
