using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The sum, decomposed, and what each client gets of it.</summary>
public sealed class FlexLoraAggregatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationRecipe Recipe = new(new FlexLoraAggregator());

    [Test]
    public void Aggregate_OfTwoRanks_GivesEachItsComponentsByHand()
    {
        // (diag(4, 0) − diag(2, 2) + diag(4, 4)) / 3.
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 2, 2, 1, [1, 0], [2, 0], scaling: 2)]));
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [4, 0, 0, 4], scaling: -0.5)]));
        ClientUpdate c = new("c", new LoraAdapter([RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [4, 0, 0, 4], scaling: 1)]));
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a, b, c]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(result.Adapter.Modules[0]), Is.EqualTo([2, 0, 0, 2 / 3.0]).Within(1e-6));
            Assert.That(Dense.Product(result.Personal["a"].Modules[0]), Is.EqualTo([2.0, 0, 0, 0]).Within(1e-6));
            Assert.That(Dense.Product(result.Personal["b"].Modules[0]), Is.EqualTo([2, 0, 0, 2 / 3.0]).Within(1e-6));
            Assert.That(result.Personal.Values.Select(adapter => adapter.Modules[0].Scaling), Is.EqualTo([2, -0.5, 1]));
            Assert.That(result.Personal.Values.Select(adapter => adapter.Modules[0].Rank), Is.EqualTo([1, 2, 2]));
        }
    }

    [Test]
    public void Aggregate_ForAll_IsTheExactSum([Range(0, 19)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None);
        FlexLoraAggregator aggregator = new() { IsPersonal = false };
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aggregator.Exactness, Is.EqualTo(Exactness.Exact));
            Assert.That(Dense.Errors(result, updates), Is.All.LessThan(1e-6));
        }
    }

    [Test]
    public void Aggregate_ForAClient_IsTheBestOfItsRank([Range(0, 9)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None);
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, updates);
        using (Assert.EnterMultipleScope())
        {
            foreach (ClientUpdate update in updates)
            {
                foreach (LoraModule module in update.Adapter.Modules)
                {
                    bool has = result.Personal[update.ClientId].TryGet(module.Path, out LoraModule? own);
                    double[] sum = Dense.Sum(updates, module.Path);
                    double expected = OptimalError(sum, (int)module.A.Shape[1], (int)module.Rank);
                    Assert.That(has, Is.True);
                    Assert.That(own!.Scaling, Is.EqualTo(module.Scaling));
                    Assert.That(own.Rank, Is.EqualTo(module.Rank));
                    Assert.That(Dense.RelativeError(Dense.Product(own), sum), Is.EqualTo(expected).Within(1e-6));
                }
            }
        }
    }

    [Test]
    public void Aggregate_OfZeroUpdates_StartsClientsAfresh()
    {
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 1], [0, 0, 0, 0], scaling: 2)]));
        AggregationResult result = new LoraFederator(Device).Aggregate(Recipe, [a]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Adapter.Modules[0].Rank, Is.EqualTo(1));
            Assert.That(Dense.Product(result.Adapter.Modules[0]), Is.All.Zero);
            Assert.That(result.Personal["a"].Modules[0].Rank, Is.EqualTo(2));
            Assert.That(Dense.Values(result.Personal["a"].Modules[0].A), Is.All.Not.Zero);
            Assert.That(Dense.Values(result.Personal["a"].Modules[0].B), Is.All.Zero);
        }
    }

    [Test]
    public void Aggregate_ForAClientOfScalingZero_HasAScalingOfOne()
    {
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [1], [2], scaling: 0)]));
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [1], [2], scaling: 3)]));
        LoraModule own = new LoraFederator(Device).Aggregate(Recipe, [a, b]).Personal["a"].Modules[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(own.Scaling, Is.EqualTo(1));
            Assert.That(Dense.Product(own), Is.EqualTo([3.0]).Within(1e-6));
        }
    }

    [Test]
    public void Rank_BelowOne_IsRefused() => Assert.That(() => new FlexLoraAggregator { Rank = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Rank_CutsTheAdapterForAll_NotTheClients()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(2, AggregatorNeeds.None, clients: 3, hasMissing: false);
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(new FlexLoraAggregator { Rank = 1 }), updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Adapter.Modules.Select(module => module.Rank), Is.All.EqualTo(1));
            Assert.That(
                updates.Select(update => result.Personal[update.ClientId].Modules[1].Rank), Is.EqualTo(updates.Select(update => update.Adapter.Modules[1].Rank)));
        }
    }

    /// <summary>Returns what the best approximation of a rank leaves of a matrix, relative to it: by the eigenvalues of its dense square.</summary>
    private static double OptimalError(double[] matrix, int columns, int rank)
    {
        MathNet.Numerics.LinearAlgebra.Matrix<double> dense = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfRowMajor(matrix.Length / columns, columns, matrix);
        double[] values = [.. dense.Svd(computeVectors: false).S];
        return Math.Sqrt(values.Skip(rank).Sum(value => value * value) / values.Sum(value => value * value));
    }
}
