using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The mean of B beside an A that is renewed.</summary>
public sealed class FedSvdAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new FedSvdAggregator());

    [Test]
    public void Aggregate_OfOneComponent_NormsAByHand()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 2, 1, [3, 4], [2], scaling: 4));
        ClientUpdate b = Update("b", 3, RandomFederation.Module("m", 1, 2, 1, [3, 4], [6], scaling: 2));

        // The mean B is 2 + 9, and ‖[3 4]‖ = 5.
        LoraModule module = new LoraFederator(Device).Aggregate(Recipe, [a, b]).Adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([0.6f, 0.8f]).Within(1e-7));
            Assert.That(Dense.Values(module.B), Is.EqualTo([55f]).Within(1e-5));
        }
    }

    [Test]
    public void Aggregate_OfOneA_IsTheExactSum_WithOrthonormalRowsOfA([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.SharedA);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Errors(result, updates), Is.All.LessThan(1e-6));
            Assert.That(result.Adapter.Modules.Select(module => module.Rank), Is.EqualTo(updates[0].Adapter.Modules.Select(module => module.Rank)));
            foreach (LoraModule module in result.Adapter.Modules)
            {
                double[][] rows = [.. Dense.Values(module.A).Chunk(Dense.Values(module.A).Length / (int)module.Rank).Select(row => Array.ConvertAll(row, value => (double)value))];
                Assert.That(
                    rows.SelectMany((row, i) => rows.Select((other, j) => row.Zip(other, (x, y) => x * y).Sum() - (i == j ? 1 : 0))), Is.All.EqualTo(0).Within(1e-6));
            }
        }
    }

    [Test]
    public void Aggregate_OrdersComponentsByTheirSize()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(4, AggregatorNeeds.SharedA);
        foreach (LoraModule module in new LoraFederator(Device).Aggregate(Recipe, updates).Adapter.Modules)
        {
            int rank = (int)module.Rank;
            double[] norms = [.. Enumerable.Range(0, rank).Select(column => Dense.Values(module.B).Where((_, index) => index % rank == column).Sum(value => (double)value * value))];
            Assert.That(norms, Is.Ordered.Descending);
        }
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(3, false)]
    [TestCase(5, true)]
    public void Aggregate_RenewsAInRoundsThatThePeriodDivides(int round, bool isRenewed)
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 2, 1, [3, 4], [2]));
        AggregationRecipe recipe = new(new FedSvdAggregator { Period = 3 }) { Round = round };
        Assert.That(Dense.Values(new LoraFederator(Device).Aggregate(recipe, [a]).Adapter.Modules[0].A)[0], Is.EqualTo(isRenewed ? 0.6f : 3).Within(1e-7));
    }

    [Test]
    public void Aggregate_OfAZeroProduct_KeepsTheRank()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 3, 2, 2, [1, 1, 1, 2], [0, 0, 0, 0, 0, 0]));
        LoraModule module = new LoraFederator(Device).Aggregate(Recipe, [a]).Adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(module.Rank, Is.EqualTo(2));
            Assert.That(Dense.Values(module.B), Is.All.Zero);
            Assert.That(Dense.Values(module.A).Sum(value => value * value), Is.EqualTo(2).Within(1e-6));
        }
    }

    [Test]
    public void Aggregate_OfAnotherA_IsRefused_ByItsOwnName()
    {
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 1, 1, [1], [2]));
        ClientUpdate b = Update("b", 1, RandomFederation.Module("m", 1, 1, 1, [2], [2]));
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(Recipe, [a, b]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.FrozenFactorDiffers));
            Assert.That(error.Message, Does.Contain("'fedsvd'"));
        }
    }

    [Test]
    public void Period_BelowOne_IsRefused() => Assert.That(() => new FedSvdAggregator { Period = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static ClientUpdate Update(string client, long examples, params LoraModule[] modules) => new(client, new LoraAdapter(modules), examples);
}
