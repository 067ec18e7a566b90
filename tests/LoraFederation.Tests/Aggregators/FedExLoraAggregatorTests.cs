using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Means with the residual that makes them exact.</summary>
public sealed class FedExLoraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new FedExLoraAggregator());

    [Test]
    public void Aggregate_OfTwoClients_HasTheResidualByHand()
    {
        ClientUpdate a = Update("a", 1, [1, 3], [2]);
        ClientUpdate b = Update("b", 3, [5, 7], [6]);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);

        // Â = [4 6], B̂ = 5; the residual is 1/4 · (2 − 5) · ([1 3] − [5 7]).
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(result.Adapter.Modules[0]), Is.EqualTo([20.0, 30]));
            Assert.That(Dense.Product(result.Residual!.Modules[0]), Is.EqualTo([3.0, 3]));
            Assert.That(Dense.Effect(result, "m"), Is.EqualTo(Dense.Sum([a, b], "m")));
        }
    }

    [Test]
    public void Aggregate_OfAnyFactors_IsTheExactSum_WithAResidualOfRankKLessOneTimesR([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.EqualRanks);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Errors(result, updates), Is.All.LessThan(1e-6));
            Assert.That(
                result.Residual!.Modules.Select(module => module.Rank),
                Is.EqualTo(result.Adapter.Modules.Select(module => (updates.Count - 1) * module.Rank)));
        }
    }

    [Test]
    public void Aggregate_WithAModuleMissing_IsTheExactSumOverAll()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(3, AggregatorNeeds.EqualRanks, clients: 4);
        ClientUpdate[] some = [.. updates.Select((update, index) => index == 2 ? Without(update, "layers.0.q_proj") : update)];
        Assert.That(Dense.Errors(new LoraFederator(Device).Aggregate(Recipe, some), some), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Aggregate_OfOneClient_HasNoResidual()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(1, AggregatorNeeds.EqualRanks, clients: 1);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Residual, Is.Null);
            Assert.That(Dense.Errors(result, updates), Is.All.LessThan(1e-6));
        }
    }

    [Test]
    public void ResidualRank_CutsTheResidualToItsLargestComponents()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(3, AggregatorNeeds.EqualRanks, clients: 5);
        LoraFederator federator = new(Device);
        AggregationResult[] results = [.. Enumerable.Range(1, 4).Append(int.MaxValue).Select(rank =>
            federator.Aggregate(new AggregationRecipe(new FedExLoraAggregator { ResidualRank = rank }), updates))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results[1].Residual!.Modules.Select(module => module.Rank), Is.All.EqualTo(2));
            Assert.That(results.Select(result => Dense.Errors(result, updates).Max()), Is.Ordered.Descending);
            Assert.That(Dense.Errors(results[^1], updates), Is.All.LessThan(1e-6));
            Assert.That(new FedExLoraAggregator { ResidualRank = 2 }.Exactness, Is.EqualTo(Exactness.ExactBeforeTruncation));
        }
    }

    private static ClientUpdate Update(string client, long examples, float[] a, float[] b) =>
        new(client, new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, a, b)]), examples);

    private static ClientUpdate Without(ClientUpdate update, string path) =>
        new(update.ClientId, new LoraAdapter(update.Adapter.Modules.Where(module => !string.Equals(module.Path, path, StringComparison.Ordinal))), update.Examples);
}
