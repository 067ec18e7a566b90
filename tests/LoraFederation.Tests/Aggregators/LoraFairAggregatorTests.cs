using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Means with a corrected B.</summary>
public sealed class LoraFairAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void Aggregate_OfTwoClients_IsTheRidgeSolutionByHand()
    {
        ClientUpdate a = Update("a", [1, 3], [2]);
        ClientUpdate b = Update("b", [5, 7], [6]);

        // Â = [3 5], B̂ = 4, E = [16 24] − [12 20]; E Âᵀ = 32, Â Âᵀ + λ = 34 + 30.
        LoraModule module = Aggregate(30, [a, b]).Adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([3f, 5]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([4.5f]));
        }
    }

    [Test]
    public void Aggregate_OfAnyFactors_IsNearerThanFedIt([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.EqualRanks);
        double[] plain = Dense.Errors(new LoraFederator(Device).Aggregate(new AggregationRecipe(new FedItAggregator()), updates), updates);
        double[] corrected = Dense.Errors(Aggregate(0.01, updates), updates);
        Assert.That(corrected.Zip(plain, (own, other) => own / other), Is.All.LessThan(1));
    }

    [Test]
    public void Aggregate_WithAHugeRidge_IsFedIt()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(1, AggregatorNeeds.EqualRanks);
        AggregationResult expected = new LoraFederator(Device).Aggregate(new AggregationRecipe(new FedItAggregator()), updates);
        AggregationResult result = Aggregate(1e12, updates);
        Assert.That(
            result.Adapter.Modules.Select(module => Dense.RelativeError(Dense.Effect(result, module.Path), Dense.Effect(expected, module.Path))), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Aggregate_OfOneA_IsExact_AsFedItIs()
    {
        IReadOnlyList<ClientUpdate> updates = [.. RandomFederation.Create(1, AggregatorNeeds.SharedA).Select(update =>
            new ClientUpdate(update.ClientId, new LoraAdapter(update.Adapter.Modules.Select(module => new LoraModule(module.Path, module.Kind, module.A, module.B, 2))), update.Examples))];
        Assert.That(Dense.Errors(Aggregate(0.01, updates), updates), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Aggregate_WithARidgeLostBesideA_IsRefused()
    {
        // Both rows of Â are 2³⁰, so Â Âᵀ is 2⁶⁰ everywhere, and a hundredth more is no more in double.
        ClientUpdate[] updates = [.. Enumerable.Range(0, 2).Select(index => new ClientUpdate(
            $"c{index}", new LoraAdapter([RandomFederation.Module("m", 1, 1, 2, [1 << 30, 1 << 30], [index, 1])])))];
        FederationException error = Assert.Throws<FederationException>(() => Aggregate(0.01, updates))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.Unsupported));
            Assert.That(error.Message, Does.Contain("ridge of 0.01"));
        }
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void Ridge_OutOfRange_IsRefused(double ridge) =>
        Assert.That(() => new LoraFairAggregator { Ridge = ridge }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static AggregationResult Aggregate(double ridge, IReadOnlyList<ClientUpdate> updates) =>
        new LoraFederator(Device).Aggregate(new AggregationRecipe(new LoraFairAggregator { Ridge = ridge }), updates);

    private static ClientUpdate Update(string client, float[] a, float[] b) => new(client, new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, a, b)]));
}
