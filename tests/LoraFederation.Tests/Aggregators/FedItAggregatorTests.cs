using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The mean of factors.</summary>
public sealed class FedItAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new FedItAggregator());

    [Test]
    public void Aggregate_OfTwoClients_IsTheMeanOfFactorsByHand()
    {
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, [1, 3], [2], scaling: 4)]), 1);
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, [5, 7], [6], scaling: 4)]), 3);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);

        // Â = [4 6], B̂ = 5: 4 · 5 · [4 6], where the exact sum is 4 · (2 [1 3] / 4 + 6 [5 7] · 3/4) = [92 132].
        Assert.That(Dense.Effect(result, "m"), Is.EqualTo([80.0, 120]).Within(1e-4));
    }

    [Test]
    public void Aggregate_OfEqualA_IsExact()
    {
        IReadOnlyList<ClientUpdate> updates = [.. RandomFederation.Create(1, AggregatorNeeds.SharedA).Select(update =>
            new ClientUpdate(update.ClientId, new LoraAdapter(update.Adapter.Modules.Select(module => new LoraModule(module.Path, module.Kind, module.A, module.B, 2))), update.Examples))];
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        Assert.That(
            result.Adapter.Modules.Select(module => Dense.RelativeError(Dense.Effect(result, module.Path), Dense.Sum(updates, module.Path))), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Aggregate_OfDifferentRanks_IsRefused_WithTheRanks()
    {
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [1], [2])]));
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 1, 1, 2, [1, 1], [2, 2])]));
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(Recipe, [a, b]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.RanksDiffer));
            Assert.That(error.Message, Does.Contain("1 ('a'), 2 ('b')"));
        }
    }
}
