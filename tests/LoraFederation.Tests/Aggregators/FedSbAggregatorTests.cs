using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The mean of the matrix between frozen factors.</summary>
public sealed class FedSbAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new FedSbAggregator());

    [Test]
    public void Aggregate_OfTwoClients_AveragesRByHand()
    {
        ClientUpdate a = Update("a", 1, [1, 3], [1, 2], 4, scaling: 2);
        ClientUpdate b = Update("b", 3, [1, 3], [1, 2], 8, scaling: 1);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b]);
        bool has = FedSbAggregator.TryGetMiddle(result.Adapter.Modules[0], out HostTensor? middle);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(has, Is.True);
            Assert.That(middle!.ToSingles(), Is.EqualTo([2f + 6]));
            Assert.That(Dense.Effect(result, "m"), Is.EqualTo([8.0, 24, 16, 48]));
        }
    }

    [Test]
    public void Aggregate_OfSharedFactors_IsTheExactSum([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.SharedFactors);
        Assert.That(Dense.Errors(new LoraFederator(Device).Aggregate(Recipe, updates), updates), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Join_OfAMatrix_IsBTimesItByHand()
    {
        LoraModule frozen = RandomFederation.Module("m", 1, 1, 2, [1, 1], [5, 7], scaling: 3);
        LoraModule joined = FedSbAggregator.Join(frozen, HostTensor.FromSingles([1, 2, 3, 4], new TensorShape(2, 2)), Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(joined.B), Is.EqualTo([5f + 21, 10 + 28]));
            Assert.That(joined.A, Is.SameAs(frozen.A));
            Assert.That(joined.Scaling, Is.EqualTo(3));
        }
    }

    [Test]
    public void Join_OfAMatrixOfAnotherSize_IsRefused() => Assert.That(
        () => FedSbAggregator.Join(RandomFederation.Module("m", 1, 1, 2, [1, 1], [5, 7]), HostTensor.FromSingles([1], new TensorShape(1, 1)), Device),
        Throws.ArgumentException.With.Message.Contains("[2, 2] F32").And.Message.Contains("[1, 1]"));

    [Test]
    public void Aggregate_OfAnotherB_IsRefused_WithTheClient()
    {
        FederationException error = Assert.Throws<FederationException>(
            () => new LoraFederator(Device).Aggregate(Recipe, [Update("a", 1, [1, 3], [1, 2], 4), Update("b", 1, [1, 3], [1, 3], 4)]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.FrozenFactorDiffers));
            Assert.That(error.Problems[0].ClientId, Is.EqualTo("b"));
            Assert.That(error.Message, Does.Contain("factor B"));
        }
    }

    [Test]
    public void Aggregate_OfPlainModules_IsRefused_WithTheWayOut()
    {
        ClientUpdate plain = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [1], [2])]));
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(Recipe, [plain]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.Unsupported));
            Assert.That(error.Message, Does.Contain("FedSbAggregator.Join"));
        }
    }

    private static ClientUpdate Update(string client, long examples, float[] a, float[] b, float middle, double scaling = 1)
    {
        LoraModule frozen = RandomFederation.Module("m", 2, 2, 1, a, b, scaling);
        return new ClientUpdate(client, new LoraAdapter([FedSbAggregator.Join(frozen, HostTensor.FromSingles([middle], new TensorShape(1, 1)), Device)]), examples);
    }
}
