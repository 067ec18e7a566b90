using LoraFederation.Aggregators;
using LoraFederation.Ranks;
using LoraFederation.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests;

/// <summary>What recipes ask for beside the method.</summary>
public sealed class LoraFederatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    private static readonly RankPolicy[] Policies =
    [
        new FixedRank(3), new EnergyThreshold(0.8), new ExactRank(), RankBudget.OfParameters(400), new ServingRank(8), new ServingRank(8) { Within = new FixedRank(2) },
    ];

    [TestCaseSource(nameof(Policies))]
    public void Aggregate_WithARankPolicy_CutsWhereTheDenseSpectrumSays_AndMeasuresWhatIsLeftOut(RankPolicy policy)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(4, AggregatorNeeds.None, clients: 4, hasMissing: false);
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora with { Ranks = policy, MeasuresError = true }, updates);
        using (Assert.EnterMultipleScope())
        {
            foreach (ModuleReport report in result.Modules)
            {
                double[] exact = Dense.Sum(updates, report.Path);
                Assert.That(report.RelativeError, Is.EqualTo(Dense.RelativeError(Dense.Effect(result, report.Path), exact)).Within(2e-7), report.Path);
                Assert.That(result.Adapter.TryGet(report.Path, out LoraModule? module) ? module.Rank : 0, Is.EqualTo(report.Rank));
            }

            Assert.That(result.Modules.Max(module => module.RelativeError), policy is ExactRank ? Is.LessThan(1e-6) : Is.GreaterThan(1e-2));
        }
    }

    [Test]
    public void Save_OfAServingRank_PadsAllModulesToOneLegalRank_AndKeepsTheProducts()
    {
        using TestFolder folder = new();
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(4, AggregatorNeeds.None, clients: 2, hasMissing: false);
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora with { Ranks = new ServingRank(64) { Within = new FixedRank(5) } }, updates);
        result.Save(folder["out"]);
        using LoraAdapter read = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Modules.Select(module => (module.Rank, module.Scaling)), Is.All.EqualTo((8L, 1.0)));
            Assert.That(read.Config.ToDocument()["rank_pattern"]!.AsObject(), Is.Empty);
            Assert.That(
                read.Modules.Select(module => Dense.RelativeError(Dense.Product(module), Dense.Effect(result, module.Path))), Is.All.LessThan(1e-7));
        }
    }

    [Test]
    public void Aggregate_OfBFloat16_RoundsOnceAfterTheCut()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(6, AggregatorNeeds.None, clients: 3, hasMissing: false);
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora with { Ranks = new ExactRank(), OutputType = DataType.BF16 }, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Adapter.Modules.Select(module => module.A.DataType), Is.All.EqualTo(DataType.BF16));
            Assert.That(result.Adapter.Modules.Select(module => Dense.RelativeError(Dense.Product(module), Dense.Sum(updates, module.Path))), Is.All.LessThan(5e-3));
        }
    }

    [Test]
    public void Updates_OfDifferentModels_AreRefused_AllAtOnce()
    {
        ClientUpdate a = new("a", new LoraAdapter([RandomFederation.Module("m", 2, 2, 1, [1, 1], [1, 1])]));
        ClientUpdate b = new("b", new LoraAdapter([RandomFederation.Module("m", 2, 3, 1, [1, 1, 1], [1, 1])]));
        ClientUpdate again = new("a", new LoraAdapter([RandomFederation.Module("m", 2, 2, 1, [1, 1], [1, 1])])) { Round = 3 };
        FederationException error = Assert.Throws<FederationException>(
            () => new LoraFederator(Device).Aggregate(AggregationRecipe.Flora, [a with { Round = 2 }, b, again]))!;
        Assert.That(
            error.Problems.Select(problem => problem.Error),
            Is.EquivalentTo([FederationError.DuplicateClient, FederationError.RoundMismatch, FederationError.ShapeMismatch]));
    }

    [Test]
    public void AddLoraFederation_RegistersTheFederator_ItsMethods_AndRecipesByName()
    {
        using ServiceProvider provider = new ServiceCollection()
            .AddLoraFederation(options => options with { Device = Device })
            .AddAggregationRecipe("nightly", AggregationRecipe.Flora with { Ranks = new FixedRank(4) })
            .BuildServiceProvider();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(provider.GetRequiredService<TensorDevice>(), Is.SameAs(Device));
            Assert.That(provider.GetServices<LoraFederator>(), Has.Exactly(1).Items);
            Assert.That(provider.GetRequiredService<LoraAggregatorRegistry>().TryGet("florist", out _));
            Assert.That(provider.GetRequiredKeyedService<AggregationRecipe>("nightly").Ranks, Is.EqualTo(new FixedRank(4)));
        }
    }
}
