using LoraFederation.Aggregators;
using LoraFederation.Aggregators.Peft;
using LoraFederation.Combining;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;
using ModelTensors.LowRank;

namespace LoraFederation.Tests.Combining;

/// <summary>What combinations of adapters must obey, whatever the numbers.</summary>
public sealed class AdapterCombinationTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly double[] Weights = [0.7, -0.3, 1.5];

    [Test]
    public void Combine_OfAnyType_EqualsPlainLoopsInDouble(
        [Values] CombinationType type, [Values] MajoritySign sign, [Values(0.2, 0.6)] double density, [Values(1, 2)] int seed)
    {
        IReadOnlyList<WeightedAdapter> adapters = Random(seed);
        CombinationOptions options = new() { Type = type, Density = density, MajoritySign = sign, SvdRank = 1000, Seed = 7 };
        LoraAdapter combined = AdapterCombination.Combine(adapters, options, Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(combined.Modules.Select(module => module.Scaling), Is.All.EqualTo(1));
            Assert.That(combined.Modules.Select(module => Dense.RelativeError(Dense.Product(module), Reference(adapters, module.Path, options))), Is.All.LessThan(1e-6));
        }
    }

    [TestCase(CombinationType.DareLinear, CombinationType.Linear)]
    [TestCase(CombinationType.MagnitudePrune, CombinationType.Linear)]
    [TestCase(CombinationType.DareLinearSvd, CombinationType.Svd)]
    [TestCase(CombinationType.MagnitudePruneSvd, CombinationType.Svd)]
    [TestCase(CombinationType.Svd, CombinationType.Cat)]
    [TestCase(CombinationType.DareTies, CombinationType.Ties)]
    [TestCase(CombinationType.DareTiesSvd, CombinationType.TiesSvd)]
    public void Combine_ThatKeepsAll_IsTheTypeWithoutSparsity(CombinationType type, CombinationType same)
    {
        CombinationOptions options = new() { Type = type, Density = 1, SvdRank = 1000 };
        LoraAdapter one = AdapterCombination.Combine(Random(3), options, Device);
        LoraAdapter other = AdapterCombination.Combine(Random(3), options with { Type = same }, Device);
        Assert.That(one.Modules.Zip(other.Modules, (left, right) => Dense.RelativeError(Dense.Product(left), Dense.Product(right))), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Combine_OfOneAdapter_IsThatAdapterTimesItsWeight([Values] CombinationType type, [Values(1, -0.5)] double weight)
    {
        LoraAdapter adapter = Random(4)[0].Adapter;
        LoraAdapter combined = AdapterCombination.Combine([new WeightedAdapter(adapter, weight)], new CombinationOptions { Type = type, Density = 0.2 }, Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(combined.Modules.Select(module => module.Rank), Is.EqualTo(adapter.Modules.Select(module => module.Rank)));
            Assert.That(
                combined.Modules.Zip(adapter.Modules, (module, own) => Dense.RelativeError(Dense.Product(module), Dense.Product(own, weight))), Is.All.LessThan(1e-6));
        }
    }

    [TestCase(CombinationType.Svd)]
    [TestCase(CombinationType.TiesSvd)]
    [TestCase(CombinationType.DareLinearSvd)]
    [TestCase(CombinationType.DareTiesSvd)]
    [TestCase(CombinationType.MagnitudePruneSvd)]
    public void Combine_CountsAScalingOnce_WherePeftCountsItTwice(CombinationType type)
    {
        // PEFT weighs s·B·A by w·s: with one scaling for all, its result is s times what the weights say.
        const double scaling = 2;
        IReadOnlyList<WeightedAdapter> adapters = [.. Random(5).Select(adapter => new WeightedAdapter(
            new LoraAdapter(adapter.Adapter.Modules.Select(module => new LoraModule(module.Path, module.Kind, module.A, module.B, scaling))), adapter.Weight))];
        CombinationOptions options = new() { Type = type, SvdRank = 1000 };
        LoraAdapter ours = AdapterCombination.Combine(adapters, options, Device);
        LoraAdapter peft = AdapterCombination.Combine([.. adapters.Select(adapter => new WeightedAdapter(adapter.Adapter, adapter.Weight * scaling))], options, Device);
        using (Assert.EnterMultipleScope())
        {
            foreach ((LoraModule module, LoraModule twice) in ours.Modules.Zip(peft.Modules))
            {
                double[] expected = Reference(adapters, module.Path, options);
                Assert.That(Dense.RelativeError(Dense.Product(module), expected), Is.LessThan(1e-6));
                Assert.That(Dense.RelativeError(Dense.Product(twice), expected), Is.EqualTo(scaling - 1).Within(1e-5));
            }
        }
    }

    [Test]
    public void Combine_OnAnyThreadsAndTiles_GivesTheSameBytes([Values] CombinationType type)
    {
        // More than one segment of elements, and too wide to be decomposed exactly.
        LoraModule[] modules = [.. Enumerable.Range(0, 3).Select(i => Module(new Random(i), 300, 260, 3))];
        WeightedAdapter[] adapters = [.. modules.Select((module, index) => new WeightedAdapter(new LoraAdapter([module]), Weights[index]))];
        using CpuDevice wide = new(new CpuDeviceOptions { Threads = 4, TileElements = 777 });
        CombinationOptions options = new() { Type = type, Density = 0.3, Seed = 1 };
        LoraModule one = AdapterCombination.Combine(adapters, options, Device).Modules.Single();
        LoraModule other = AdapterCombination.Combine(adapters, options, wide).Modules.Single();
        Assert.That(Dense.Bytes(other.A).Concat(Dense.Bytes(other.B)), Is.EqualTo(Dense.Bytes(one.A).Concat(Dense.Bytes(one.B))));
    }

    [Test]
    public void Combine_OfSeveralBlocksOfRows_IsTheWeightedSum()
    {
        // 1700 · 2500 elements are more than one block; without a loss of density the sum has the rank 6.
        WeightedAdapter[] adapters = [.. Enumerable.Range(0, 2).Select(i => new WeightedAdapter(new LoraAdapter([Module(new Random(i), 1700, 2500, 3)]), Weights[i]))];
        CombinationOptions options = new() { Type = CombinationType.MagnitudePruneSvd, Density = 1, SvdRank = 6 };
        LoraModule module = AdapterCombination.Combine(adapters, options, Device).Modules.Single();
        Assert.That(Dense.RelativeError(Dense.Product(module), Reference(adapters, "m", options with { Type = CombinationType.Cat })), Is.LessThan(1e-5));
    }

    [TestCase(CombinationType.DareLinearSvd)]
    [TestCase(CombinationType.TiesSvd)]
    public void Combine_ThroughRandomDirections_LeavesHardlyMoreThanTheBest(CombinationType type)
    {
        WeightedAdapter[] adapters = [.. Enumerable.Range(0, 2).Select(i => new WeightedAdapter(new LoraAdapter([Module(new Random(i), 200, 180, 4)]), 1))];
        CombinationOptions options = new() { Type = type, Density = 0.3, SvdRank = 8 };
        double[] whole = Reference(adapters, "m", options);
        double found = Dense.RelativeError(Dense.Product(AdapterCombination.Combine(adapters, options, Device).Modules[0]), whole);
        CombinationOptions exactly = options with { Decomposition = new RandomizedSvdOptions { ExactSide = 1000 } };
        double best = Dense.RelativeError(Dense.Product(AdapterCombination.Combine(adapters, exactly, Device).Modules[0]), whole);
        Assert.That(found, Is.InRange(best, 1.01 * best));
    }

    [Test]
    public void Combine_WithAnotherSeedOrName_DropsOtherEntries()
    {
        WeightedAdapter[] adapters = [.. Random(6)];
        CombinationOptions options = new() { Type = CombinationType.DareLinear };
        float[] first = Dense.Values(AdapterCombination.Combine(adapters, options, Device).Modules[0].A);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(AdapterCombination.Combine(adapters, options with { Seed = 1 }, Device).Modules[0].A), Is.Not.EqualTo(first));
            Assert.That(Dense.Values(AdapterCombination.Combine([adapters[0] with { Name = "other" }, .. adapters[1..]], options, Device).Modules[0].A), Is.Not.EqualTo(first));
            Assert.That(Dense.Values(AdapterCombination.Combine([adapters[0] with { Name = "adapter 1" }, .. adapters[1..]], options, Device).Modules[0].A), Is.EqualTo(first));
        }
    }

    [Test]
    public void Aggregators_AreRegistered_AndTakeTheFederationsWeights()
    {
        LoraAggregatorRegistry registry = LoraAggregatorRegistry.CreateDefault();
        string[] names = ["cat", "dare_linear", "dare_linear_svd", "dare_ties", "dare_ties_svd", "linear", "magnitude_prune", "magnitude_prune_svd", "svd", "ties", "ties_svd"];
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(8, AggregatorNeeds.EqualRanks, clients: 3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(registry.Aggregators.Select(aggregator => aggregator.Name), Is.SupersetOf(names.Select(name => $"peft_{name}")));
            foreach (LoraAggregator aggregator in new LoraAggregator[] { new PeftCatAggregator(), new PeftSvdAggregator { SvdRank = 1000 } })
            {
                AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);
                Assert.That(result.Adapter.Modules.Select(module => Dense.RelativeError(Dense.Effect(result, module.Path), Dense.Sum(updates, module.Path))), Is.All.LessThan(1e-6), aggregator.Name);
            }
        }
    }

    private static IReadOnlyList<WeightedAdapter> Random(int seed) =>
        [.. RandomFederation.Create(seed, AggregatorNeeds.EqualRanks, clients: 3).Select((update, index) => new WeightedAdapter(update.Adapter, Weights[index]))];

    private static LoraModule Module(Random random, int outputs, int inputs, int rank) =>
        RandomFederation.Module("m", outputs, inputs, rank, RandomFederation.Normal(random, rank * inputs), RandomFederation.Normal(random, outputs * rank), 1.5);

    private static double[] Reference(IReadOnlyList<WeightedAdapter> adapters, string path, CombinationOptions options) => PeftReference.Combine(
        [.. adapters.Select((adapter, index) => (adapter.Adapter.TryGet(path, out LoraModule? module) ? module : null!, adapter.Weight, $"adapter {index + 1}"))], options);
}
