using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using LoraFederation.Weighting;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Stacking.</summary>
public sealed class FloraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void Aggregate_OfTwoClients_IsTheStackByHand()
    {
        // W is 1 × 2: client a has B = [2], A = [1 3], s = 4; b has B = [5 6], A = [[1 0] [0 1]], s = 1/2; weights 1/4 and 3/4.
        ClientUpdate a = Update("a", 1, RandomFederation.Module("m", 1, 2, 1, [1, 3], [2], scaling: 4));
        ClientUpdate b = Update("b", 3, RandomFederation.Module("m", 1, 2, 2, [1, 0, 0, 1], [5, 6], scaling: 0.5));
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora, [b, a]);
        LoraModule module = result.Adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([1f, 3, 0.375f, 0, 0, 0.375f]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([2f, 5, 6]));
            Assert.That(Dense.Product(module), Is.EqualTo([2 + (5 * 0.375), 6 + (6 * 0.375)]));
            Assert.That(module.Scaling, Is.EqualTo(1));
        }
    }

    [Test]
    public void Aggregate_OfAnyRanksAndScalings_IsTheExactSum([Range(0, 19)] int seed, [Values] WeightPlacement placement)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None);
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora with { Placement = placement }, updates);
        Assert.That(
            result.Adapter.Modules.Select(module => Dense.RelativeError(Dense.Effect(result, module.Path), Dense.Sum(updates, module.Path))),
            Is.All.LessThan(1e-6));
    }

    [Test]
    public void Aggregate_KeepsTheBytesOfTheOtherFactor([Values(DataType.F32, DataType.BF16, DataType.F16)] DataType type, [Values] bool onA)
    {
        ClientUpdate[] updates = [.. RandomFederation.Create(3, AggregatorNeeds.None, clients: 3, hasMissing: false).Select(update => Stored(update, type))];
        AggregationRecipe recipe = AggregationRecipe.Flora with { Placement = onA ? WeightPlacement.OnA : WeightPlacement.OnB };
        LoraModule module = new LoraFederator(Device).Aggregate(recipe, updates).Adapter.Modules[1];
        LoraModule[] clients = [.. updates.Select(update => update.Adapter.Modules[1])];
        byte[] expected = onA
            ? [.. Enumerable.Range(0, 24).SelectMany(row => clients.SelectMany(client => Dense.Bytes(client.B).Chunk((int)client.Rank * type.Size).ElementAt(row)))]
            : [.. clients.SelectMany(client => Dense.Bytes(client.A))];
        Assert.That(Dense.Bytes(onA ? module.B : module.A), Is.EqualTo(expected));
    }

    [Test]
    public void Aggregate_DoesNotDependOnTheOrderOfArrival_NorOnThreads()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(7, AggregatorNeeds.None, clients: 5);
        using CpuDevice wide = new(new CpuDeviceOptions { Threads = 4 });
        AggregationResult one = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora, updates);
        AggregationResult other = new LoraFederator(wide).Aggregate(AggregationRecipe.Flora, updates.Reverse());
        Assert.That(
            other.Adapter.Modules.SelectMany(module => Dense.Bytes(module.A).Concat(Dense.Bytes(module.B))),
            Is.EqualTo(one.Adapter.Modules.SelectMany(module => Dense.Bytes(module.A).Concat(Dense.Bytes(module.B)))));
    }

    [Test]
    public void Read_OfAnyPartOfAStack_IsThatPart([Values(1, 3, 7, 40)] int length)
    {
        LoraModule module = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora, RandomFederation.Create(5, AggregatorNeeds.None, clients: 4)).Adapter.Modules[1];
        AssertPieces(module, length);
    }

    [Test]
    public void ToMemory_OfAStack_IsTheStack([Values(1, 3)] int threads)
    {
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora, RandomFederation.Create(5, AggregatorNeeds.None, clients: 4));
        AggregationResult copy = result.ToMemory(threads);
        Assert.That(
            copy.Adapter.Modules.SelectMany(module => Dense.Bytes(module.A).Concat(Dense.Bytes(module.B))),
            Is.EqualTo(result.Adapter.Modules.SelectMany(module => Dense.Bytes(module.A).Concat(Dense.Bytes(module.B)))));
    }

    private static void AssertPieces(LoraModule module, int length)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (TensorSource source in (TensorSource[])[module.A, module.B])
            {
                byte[] whole = Dense.Bytes(source);
                byte[] pieces = new byte[whole.Length];
                for (int start = 0; start < source.Shape.ElementCount; start += length)
                {
                    int count = (int)Math.Min(length, source.Shape.ElementCount - start);
                    source.Read(start, pieces.AsSpan(start * 4, count * 4));
                }

                Assert.That(pieces, Is.EqualTo(whole));
            }
        }
    }

    [Test]
    public void Aggregate_OfTinyWeightsInF16_IsRefused_AndFineWhenBalanced()
    {
        ClientUpdate small = Stored(Update("a", 1, RandomFederation.Module("m", 4, 8, 2, RandomFederation.Normal(new Random(1), 16), RandomFederation.Normal(new Random(2), 8))), DataType.F16);
        ClientUpdate large = Stored(Update("b", 1, RandomFederation.Module("m", 4, 8, 2, RandomFederation.Normal(new Random(3), 16), RandomFederation.Normal(new Random(4), 8))), DataType.F16);
        AggregationRecipe recipe = AggregationRecipe.Flora with { Weights = new ExplicitWeighting(new Dictionary<string, double>(StringComparer.Ordinal) { ["a"] = 1e-5, ["b"] = 1 - 1e-5 }) };
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(recipe, [small, large]))!;
        AggregationResult balanced = new LoraFederator(Device).Aggregate(recipe with { Placement = WeightPlacement.Balanced }, [small]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.Underflow));
            Assert.That(error.Message, Does.Contain("'a'").And.Contain("Balanced"));
            Assert.That(Dense.RelativeError(Dense.Effect(balanced, "m"), Dense.Product(small.Adapter.Modules[0])), Is.LessThan(1e-3));
        }
    }

    private static ClientUpdate Update(string client, long examples, params LoraModule[] modules) => new(client, new LoraAdapter(modules), examples);

    private static ClientUpdate Stored(ClientUpdate update, DataType type) => new(
        update.ClientId,
        new LoraAdapter(update.Adapter.Modules.Select(module => new LoraModule(
            module.Path,
            module.Kind,
            HostTensor.FromSingles(Dense.Values(module.A), module.A.Shape, type).Source,
            HostTensor.FromSingles(Dense.Values(module.B), module.B.Shape, type).Source,
            module.Scaling))),
        update.Examples);
}
