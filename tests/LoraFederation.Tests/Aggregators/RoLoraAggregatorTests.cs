using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The mean of the factor that the round trained.</summary>
public sealed class RoLoraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new RoLoraAggregator());
    private static readonly AggregationRecipe ByRound = new(new RoLoraAggregator { Schedule = RoLoraSchedule.ByRound });

    [Test]
    public void Aggregate_OfOneB_IsTheMeanOfAByHand()
    {
        ClientUpdate a = Update("a", 1, [1, 3], [2], 4);
        ClientUpdate b = Update("b", 3, [5, 7], [2], 2);
        LoraModule module = new LoraFederator(Device).Aggregate(Recipe, [a, b]).Adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([1 + 7.5f, 3 + 10.5f]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([2f]));
        }
    }

    [Test]
    public void Aggregate_OfOneFrozenFactor_IsTheExactSum([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.SharedAOrB);
        AggregationResult detected = new LoraFederator(Device).Aggregate(Recipe, updates);
        AggregationResult byRound = new LoraFederator(Device).Aggregate(ByRound with { Round = 4 + (seed % 2) }, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Errors(detected, updates), Is.All.LessThan(1e-6));
            Assert.That(Dense.Errors(byRound, updates), Is.All.LessThan(1e-6));
        }
    }

    [TestCase(0, "factor B", TestName = "Aggregate_OfAnotherFactorThanTheRoundFroze_IsRefused(odd)")]
    [TestCase(1, "factor A", TestName = "Aggregate_OfAnotherFactorThanTheRoundFroze_IsRefused(even)")]
    public void Aggregate_OfAnotherFactorThanTheRoundFroze_IsRefused(int seed, string expected)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.SharedAOrB);
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(ByRound with { Round = 1 - seed }, updates))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.FrozenFactorDiffers));
            Assert.That(error.Message, Does.Contain($"{expected} in round {1 - seed}"));
        }
    }

    [Test]
    public void Aggregate_OfNoFrozenFactor_IsRefused()
    {
        FederationException error = Assert.Throws<FederationException>(
            () => new LoraFederator(Device).Aggregate(Recipe, [Update("a", 1, [1, 3], [2], 1), Update("b", 1, [5, 7], [6], 1)]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.FrozenFactorDiffers));
            Assert.That(error.Message, Does.Contain("factor A or factor B"));
        }
    }

    private static ClientUpdate Update(string client, long examples, float[] a, float[] b, double scaling) =>
        new(client, new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, a, b, scaling)]), examples);
}
