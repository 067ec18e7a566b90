using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The mean of B beside a frozen A.</summary>
public sealed class FfaLoraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new FfaLoraAggregator());

    [Test]
    public void Aggregate_OfTwoClients_FoldsScalingsIntoB()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 2, 1, [1, 3], [2], scaling: 4));
        ClientUpdate b = Update("b", 3, RandomFederation.Module("m", 1, 2, 1, [1, 3], [6], scaling: 2));
        LoraModule module = new LoraFederator(Device).Aggregate(Recipe, [a, b]).Adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([1f, 3]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([2f + 9]));
            Assert.That(module.Scaling, Is.EqualTo(1));
        }
    }

    [Test]
    public void Aggregate_OfOneA_IsTheExactSum([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.SharedA);
        Assert.That(Dense.Errors(new LoraFederator(Device).Aggregate(Recipe, updates), updates), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Aggregate_WithAModuleMissing_CountsItAsZero()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 1, 1, [2], [8]), RandomFederation.Module("n", 1, 1, 1, [1], [4]));
        ClientUpdate b = Update("b", 3, RandomFederation.Module("n", 1, 1, 1, [1], [8]));
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Effect(result, "m"), Is.EqualTo([4.0]));
            Assert.That(Dense.Effect(result, "n"), Is.EqualTo([7.0]));
        }
    }

    [Test]
    public void Aggregate_OfAnotherA_IsRefused_WithTheClient()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 2, 1, [1, 3], [2]));
        ClientUpdate b = Update("b", 1, RandomFederation.Module("m", 1, 2, 1, [1, 3], [6]));
        ClientUpdate c = Update("c", 1, RandomFederation.Module("m", 1, 2, 1, [1, MathF.BitIncrement(3)], [6]));
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(Recipe, [a, b, c]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.FrozenFactorDiffers));
            Assert.That(error.Problems[0].ClientId, Is.EqualTo("c"));
            Assert.That(error.Problems[0].Module, Is.EqualTo("m"));
        }
    }

    [Test]
    public void Aggregate_OfDifferentRanks_IsRefused()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 1, 1, [1], [2]));
        ClientUpdate b = Update("b", 1, RandomFederation.Module("m", 1, 1, 2, [1, 1], [2, 2]));
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(Recipe, [a, b]))!;
        Assert.That(error.Error, Is.EqualTo(FederationError.RanksDiffer));
    }

    private static ClientUpdate Update(string client, long examples, params LoraModule[] modules) => new(client, new LoraAdapter(modules), examples);
}
