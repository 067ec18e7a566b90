using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>A shared A beside each client's own B.</summary>
public sealed class FedSaLoraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new FedSaLoraAggregator());

    [Test]
    public void Aggregate_OfTwoClients_LeavesEachItsBAndScaling()
    {
        ClientUpdate a = Update("a", 1, [1, 3], [2], 4);
        ClientUpdate b = Update("b", 3, [5, 7], [6], 0.5);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);
        using (Assert.EnterMultipleScope())
        {
            // The mean A is [4 6].
            Assert.That(Dense.Product(result.Personal["a"].Modules[0]), Is.EqualTo([32.0, 48]));
            Assert.That(Dense.Product(result.Personal["b"].Modules[0]), Is.EqualTo([12.0, 18]));
            Assert.That(result.Personal["a"].Modules[0].Scaling, Is.EqualTo(4));
            Assert.That(Dense.Values(result.Adapter.Modules[0].A), Is.EqualTo([4f, 6]));
            Assert.That(Dense.Values(result.Adapter.Modules[0].B), Is.EqualTo([0f]));
        }
    }

    [Test]
    public void Aggregate_OfEqualUpdates_GivesThemBack()
    {
        ClientUpdate[] updates = [.. Enumerable.Range(0, 3).Select(index => Update($"c{index}", index + 1, [1, 3], [2], 4))];
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        Assert.That(result.Personal.Values.Select(adapter => Dense.Product(adapter.Modules[0])), Is.All.EqualTo(new[] { 8.0, 24 }));
    }

    [Test]
    public void Aggregate_WithAModuleMissing_AveragesThePresent()
    {
        ClientUpdate a = Update("a", 1, [1, 3], [2], 4);
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("other", 1, 1, 1, [1], [1])]), 3);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(result.Personal["a"].Modules[0]), Is.EqualTo([8.0, 24]));
            Assert.That(result.Personal["b"].TryGet("m", out _), Is.False);
        }
    }

    [Test]
    public void Aggregate_OfBiases_AddsTheSameOneUnderAnyScaling()
    {
        ClientUpdate a = WithBias("a", 1, 4, 2);
        ClientUpdate b = WithBias("b", 3, 0.5, 8);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);

        // 4 · 2 / 4 + 8 / 2 · 3/4.
        Assert.That(
            result.Personal.Values.Append(result.Adapter).Select(adapter => adapter.Modules[0].Scaling * Dense.Values(adapter.Modules[0].Bias!)[0]), Is.All.EqualTo(5));
    }

    private static ClientUpdate Update(string client, long examples, float[] a, float[] b, double scaling) =>
        new(client, new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, a, b, scaling)]), examples);

    private static ClientUpdate WithBias(string client, long examples, double scaling, float bias)
    {
        LoraModule module = RandomFederation.Module("m", 1, 1, 1, [1], [1]);
        TensorSource source = HostTensor.FromSingles([bias], new TensorShape(1)).Source;
        return new ClientUpdate(client, new LoraAdapter([new LoraModule("m", module.Kind, module.A, module.B, scaling, source)]), examples);
    }
}
