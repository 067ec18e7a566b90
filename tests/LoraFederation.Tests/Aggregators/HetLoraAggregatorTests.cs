using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using LoraFederation.Weighting;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Padded means weighted by norms.</summary>
public sealed class HetLoraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new HetLoraAggregator());

    [Test]
    public void Aggregate_OfTwoRanks_WeighsByNorms_AndCutsToEachClientsRank()
    {
        // ‖a‖ = 4 · 2 · 5 = 40, ‖b‖ = ‖[5 0]‖ · 24 = 120: weights 1/4 and 3/4, whatever the examples.
        ClientUpdate a = Update("a", 9, RandomFederation.Module("m", 1, 2, 1, [3, 4], [2], scaling: 4));
        ClientUpdate b = Update("b", 1, RandomFederation.Module("m", 1, 2, 2, [5, 0, 0, 8], [24, 0]));
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Weights["a"], Is.EqualTo(0.25).Within(1).Ulps);
            Assert.That(Dense.Values(result.Adapter.Modules[0].A), Is.EqualTo([5.25f, 2, 0, 6]));
            Assert.That(Dense.Values(result.Adapter.Modules[0].B), Is.EqualTo([19f, 0]));
            Assert.That(Dense.Values(result.Personal["a"].Modules[0].A), Is.EqualTo([5.25f, 2]));
            Assert.That(Dense.Values(result.Personal["a"].Modules[0].B), Is.EqualTo([19f]));
            Assert.That(Dense.Values(result.Personal["b"].Modules[0].A), Is.EqualTo([5.25f, 2, 0, 6]));
        }
    }

    [Test]
    public void Reweigh_OfAnyUpdates_GivesTheDenseNorms([Range(0, 9)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        double[] norms = [.. updates.Select(update => Math.Sqrt(update.Adapter.Modules.Sum(module => Dense.Product(module).Sum(value => value * value))))];
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < norms.Length; i++)
            {
                Assert.That(result.Weights[updates[i].ClientId], Is.EqualTo(norms[i] / norms.Sum()).Within(1e-12));
            }
        }
    }

    [Test]
    public void Reweigh_LeavesOutWhoWeighsNothing()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(1, AggregatorNeeds.None, clients: 3);
        Dictionary<string, double> weights = updates.ToDictionary(update => update.ClientId, _ => 1.0, StringComparer.Ordinal);
        weights["client-1"] = 0;
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe with { Weights = new ExplicitWeighting(weights) }, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Weights["client-1"], Is.Zero);
            Assert.That(result.Weights["client-0"] + result.Weights["client-2"], Is.EqualTo(1).Within(1e-15));
        }
    }

    [Test]
    public void Reweigh_OfZeroUpdates_KeepsTheWeights()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 1, 1, [1], [0]));
        ClientUpdate b = Update("b", 3, RandomFederation.Module("m", 1, 1, 1, [1], [0]));
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);
        Assert.That(result.Weights["b"], Is.EqualTo(0.75));
    }

    private static ClientUpdate Update(string client, long examples, params LoraModule[] modules) => new(client, new LoraAdapter(modules), examples);
}
