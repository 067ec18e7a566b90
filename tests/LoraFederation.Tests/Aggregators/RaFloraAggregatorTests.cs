using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using LoraFederation.Weighting;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Components averaged over the clients that have them.</summary>
public sealed class RaFloraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new RaFloraAggregator());

    [Test]
    public void Aggregate_OfTwoRanks_DividesEachRangeByItsHolders()
    {
        // Component 0: diag(8, 0) / 4 + diag(4, 0) · 3/4; component 1 is b's alone: diag(0, 2), where the sum has three quarters of it.
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 2, 2, 1, [1, 0], [4, 0], scaling: 2));
        ClientUpdate b = Update("b", 3, RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [4, 0, 0, 2]));
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(result.Adapter.Modules[0]), Is.EqualTo([5.0, 0, 0, 2]).Within(1e-6));
            Assert.That(Dense.Product(result.Personal["a"].Modules[0]), Is.EqualTo([5.0, 0, 0, 0]).Within(1e-6));
            Assert.That(result.Personal["a"].Modules[0].Scaling, Is.EqualTo(2));
            Assert.That(Dense.Product(result.Personal["b"].Modules[0]), Is.EqualTo([5.0, 0, 0, 2]).Within(1e-6));
        }
    }

    [Test]
    public void Aggregate_OfEqualRanks_IsTheSumCutToThem([Range(0, 4)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.EqualRanks);
        AggregationResult expected = new LoraFederator(Device).Aggregate(new AggregationRecipe(new HLoraAggregator()), updates);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        Assert.That(
            result.Adapter.Modules.Zip(expected.Adapter.Modules, (module, other) => Dense.RelativeError(Dense.Product(module), Dense.Product(other))),
            Is.All.LessThan(1e-6));
    }

    [Test]
    public void Aggregate_WithAModuleMissing_CountsItAsZeroInEachComponent()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [8, 0, 0, 4]));
        ClientUpdate b = Update("b", 3, RandomFederation.Module("n", 1, 1, 1, [1], [1]));
        Assert.That(Dense.Product(new LoraFederator(Device).Aggregate(Recipe, [a, b]).Adapter.Modules[0]), Is.EqualTo([2.0, 0, 0, 1]).Within(1e-6));
    }

    [Test]
    public void Aggregate_WhereTheHoldersWeighNothing_HasNoSuchComponent()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 2, 2, 1, [1, 0], [4, 0]));
        ClientUpdate b = Update("b", 1, RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [9, 0, 0, 9]));
        AggregationRecipe recipe = Recipe with { Weights = new ExplicitWeighting(new Dictionary<string, double>(StringComparer.Ordinal) { ["a"] = 1, ["b"] = 0 }) };
        AggregationResult result = new LoraFederator(Device).Aggregate(recipe, [a, b]);
        Assert.That(Dense.Product(result.Adapter.Modules[0]), Is.EqualTo([4.0, 0, 0, 0]).Within(1e-6));
    }

    private static ClientUpdate Update(string client, long examples, params LoraModule[] modules) => new(client, new LoraAdapter(modules), examples);
}
