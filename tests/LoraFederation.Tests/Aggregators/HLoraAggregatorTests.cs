using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The sum, decomposed and cut to one rank.</summary>
public sealed class HLoraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void Aggregate_WithARank_KeepsTheLargestByHand()
    {
        // (diag(2, −4) + diag(4, 12)) / 2 = diag(3, 4): the second entry is the largest component.
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [1, 0, 0, -2], scaling: 2)]));
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [4, 0, 0, 12], scaling: 1)]));
        LoraFederator federator = new(Device);
        AggregationResult one = federator.Aggregate(new AggregationRecipe(new HLoraAggregator { Rank = 1 }), [a, b]);
        AggregationResult all = federator.Aggregate(new AggregationRecipe(new HLoraAggregator()), [a, b]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Effect(one, "m"), Is.EqualTo([0.0, 0, 0, 4]).Within(1e-6));
            Assert.That(Dense.Effect(all, "m"), Is.EqualTo([3.0, 0, 0, 4]).Within(1e-6));
        }
    }

    [Test]
    public void Aggregate_WithNothingCut_IsTheExactSum([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None);
        HLoraAggregator aggregator = new() { Rank = int.MaxValue };
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aggregator.Exactness, Is.EqualTo(Exactness.Exact));
            Assert.That(Dense.Errors(result, updates), Is.All.LessThan(1e-6));
        }
    }

    [Test]
    public void Aggregate_ByDefault_HasTheGreatestRankOfTheClients()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(2, AggregatorNeeds.None, clients: 4, hasMissing: false);
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(new HLoraAggregator()), updates);
        Assert.That(
            result.Adapter.Modules.Select(module => module.Rank),
            Is.EqualTo(Enumerable.Range(0, 3).Select(index => updates.Max(update => update.Adapter.Modules[index].Rank))));
    }

    [Test]
    public void Aggregate_HasComponentsOfEqualNormInBothFactors_LargestFirst()
    {
        LoraModule module = new LoraFederator(Device).Aggregate(
            new AggregationRecipe(new HLoraAggregator()), RandomFederation.Create(3, AggregatorNeeds.None, clients: 4, hasMissing: false)).Adapter.Modules[1];
        int rank = (int)module.Rank;
        double[] rows = [.. Dense.Values(module.A).Chunk(24).Select(row => row.Sum(value => (double)value * value))];
        double[] columns = [.. Enumerable.Range(0, rank).Select(column => Dense.Values(module.B).Where((_, index) => index % rank == column).Sum(value => (double)value * value))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows, Is.Ordered.Descending);
            Assert.That(rows.Zip(columns, (row, column) => row / column), Is.All.EqualTo(1).Within(1e-5));
        }
    }

    [Test]
    public void Rank_BelowOne_IsRefused() => Assert.That(() => new HLoraAggregator { Rank = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
}
