using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The sum, cut by energy.</summary>
public sealed class FloristAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [TestCase(0.89, 1)]
    [TestCase(0.91, 2)]
    [TestCase(1, 2)]
    public void Aggregate_WithAThreshold_KeepsTheFewestByHand(double energy, int rank)
    {
        // diag(3, 1): nine tenths of the energy are in the first component.
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 2, 2, 1, [1, 0], [2, 0], scaling: 2)]));
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [2, 0, 0, 2])]));
        AggregationResult result = Aggregate(new FloristAggregator { Energy = energy }, [a, b]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Adapter.Modules[0].Rank, Is.EqualTo(rank));
            Assert.That(Dense.Effect(result, "m"), Is.EqualTo([3.0, 0, 0, rank - 1]).Within(1e-6));
        }
    }

    [Test]
    public void Aggregate_WithAllEnergy_IsTheExactSum([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None);
        FloristAggregator aggregator = new() { Energy = 1 };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aggregator.Exactness, Is.EqualTo(Exactness.Exact));
            Assert.That(Dense.Errors(Aggregate(aggregator, updates), updates), Is.All.LessThan(1e-6));
        }
    }

    [Test]
    public void Aggregate_WithAThreshold_LeavesNoMoreThanItsComplement([Values(0.5, 0.9, 0.99)] double energy, [Range(0, 4)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None);
        Assert.That(Dense.Errors(Aggregate(new FloristAggregator { Energy = energy }, updates), updates), Is.All.LessThanOrEqualTo(Math.Sqrt(1 - energy) + 1e-6));
    }

    [Test]
    public void Rank_BoundsWhatTheThresholdKeeps()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(1, AggregatorNeeds.None, clients: 5);
        FloristAggregator aggregator = new() { Energy = 1, Rank = 2 };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aggregator.Exactness, Is.EqualTo(Exactness.ExactBeforeTruncation));
            Assert.That(Aggregate(aggregator, updates).Adapter.Modules.Select(module => module.Rank), Is.All.EqualTo(2));
        }
    }

    [TestCase(0)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void Energy_OutOfRange_IsRefused(double energy) =>
        Assert.That(() => new FloristAggregator { Energy = energy }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static AggregationResult Aggregate(FloristAggregator aggregator, IReadOnlyList<ClientUpdate> updates) =>
        new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);
}
