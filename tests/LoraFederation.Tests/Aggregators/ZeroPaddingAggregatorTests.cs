using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The mean of factors of any ranks.</summary>
public sealed class ZeroPaddingAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new ZeroPaddingAggregator());

    [Test]
    public void Aggregate_OfTwoRanks_IsTheMeanWithZerosByHand()
    {
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, [1, 3], [2], scaling: 4)]), 1);
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 1, 2, 2, [1, 0, 0, 1], [5, 6])]), 3);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);

        // Â = [[1 3] [0 0]] · 2/4 + [[1 0] [0 1]] · 3/4, B̂ = [2 0] · 2/4 + [5 6] · 3/4.
        LoraModule module = result.Adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([1.25f, 1.5f, 0, 0.75f]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([4.75f, 4.5f]));
            Assert.That(Dense.Effect(result, "m"), Is.EqualTo([5.9375, 10.5]));
        }
    }

    [Test]
    public void Aggregate_OfEqualRanks_IsFedItToTheBit([Range(0, 4)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.EqualRanks);
        LoraFederator federator = new(Device);
        AggregationResult expected = federator.Aggregate(new AggregationRecipe(new FedItAggregator()), updates);
        AggregationResult result = federator.Aggregate(Recipe, updates);
        Assert.That(
            result.Adapter.Modules.SelectMany(module => Dense.Bytes(module.A).Concat(Dense.Bytes(module.B))),
            Is.EqualTo(expected.Adapter.Modules.SelectMany(module => Dense.Bytes(module.A).Concat(Dense.Bytes(module.B)))));
    }

    [Test]
    public void Aggregate_OfMixedRanks_HasTheGreatest_AndIsFarFromTheSum()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(2, AggregatorNeeds.None, clients: 6, hasMissing: false);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                result.Adapter.Modules.Select(module => module.Rank),
                Is.EqualTo(result.Adapter.Modules.Select(module => updates.Max(update => update.Adapter.TryGet(module.Path, out LoraModule? own) ? own.Rank : 0))));
            Assert.That(Dense.Errors(result, updates), Is.All.GreaterThan(0.1));
        }
    }

    [Test]
    public void Cost_OfMixedRanks_CountsTheGreatestDown()
    {
        RoundCost cost = new ZeroPaddingAggregator().Cost(new ModuleSizes(10, 20, [4, 1]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.Upload, Is.EqualTo([120L, 30]));
            Assert.That(cost.Download, Is.EqualTo([120L, 120]));
            Assert.That(cost.ServerOperations, Is.EqualTo(480));
        }
    }
}
