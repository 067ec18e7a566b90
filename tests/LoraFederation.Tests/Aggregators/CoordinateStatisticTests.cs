using LoraFederation.Aggregators;
using LoraFederation.Robustness;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>The trimmed mean and the median of coordinates, where A is shared, and their refusal elsewhere.</summary>
public sealed class CoordinateStatisticTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void TrimmedMean_OfFive_IsTheMeanOfTheMiddleThree_ByHand()
    {
        // A = [1 2], s B = 8, 1, 2, 100, −50: the largest and the smallest go, (8 + 1 + 2) / 3.
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(new TrimmedMeanAggregator()), Updates([4, 1, 2, 100, -50], scaling: client => client == 0 ? 2 : 1));
        Assert.That(Dense.Effect(result, "m"), Is.EqualTo([11 / 3.0, 22 / 3.0]).Within(1e-6));
    }

    [TestCase(new float[] { 4, 1, 2, 100, -50 }, 2.0)]
    [TestCase(new float[] { 4, 1, 2, 100 }, 3.0)]
    [TestCase(new float[] { 7 }, 7.0)]
    public void Median_ByHand(float[] values, double expected)
    {
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(new CoordinateMedianAggregator()), Updates(values, _ => 1));
        Assert.That(Dense.Effect(result, "m"), Is.EqualTo([expected, 2 * expected]).Within(1e-6));
    }

    [Test]
    public void TrimmedMean_OfNothingTrimmed_IsTheUniformMean([Range(0, 4)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.SharedA);
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(new TrimmedMeanAggregator { Trim = 0 }), updates);
        Dictionary<string, double> uniform = updates.ToDictionary(update => update.ClientId, _ => 1.0 / updates.Count, StringComparer.Ordinal);
        Assert.That(
            result.Adapter.Modules.Select(module => Dense.RelativeError(Dense.Effect(result, module.Path), Dense.Sum(updates, module.Path, uniform))), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Statistics_LeaveOutWhomTheWeightsLeaveOut()
    {
        AggregationRecipe recipe = new(new CoordinateMedianAggregator()) { Weights = new NormThresholdWeighting(2) };
        AggregationResult result = new LoraFederator(Device).Aggregate(recipe, Updates([1, 2, 3, 100], _ => 1));
        Assert.That(Dense.Effect(result, "m"), Is.EqualTo([2.0, 4]).Within(1e-6));
    }

    [Test]
    public void Statistics_OfDifferentA_AreRefused_WithTheReason()
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(1, AggregatorNeeds.EqualRanks);
        using (Assert.EnterMultipleScope())
        {
            foreach (LoraAggregator aggregator in (LoraAggregator[])[new TrimmedMeanAggregator(), new CoordinateMedianAggregator()])
            {
                FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates))!;
                Assert.That(error.Error, Is.EqualTo(FederationError.FrozenFactorDiffers));
                Assert.That(error.Message, Does.Contain($"'{aggregator.Name}'").And.Contain("(B G)(G⁻¹ A)").And.Contain("geometric_median"));
            }
        }
    }

    [Test]
    public void Statistics_AreRegistered()
    {
        LoraAggregatorRegistry registry = LoraAggregatorRegistry.CreateDefault();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(registry.TryGet("trimmed_mean", out LoraAggregator? mean) ? mean.Needs : AggregatorNeeds.None, Is.EqualTo(AggregatorNeeds.SharedA));
            Assert.That(registry.TryGet("coordinate_median", out LoraAggregator? median) ? median.Needs : AggregatorNeeds.None, Is.EqualTo(AggregatorNeeds.SharedA));
        }
    }

    private static IEnumerable<ClientUpdate> Updates(float[] values, Func<int, double> scaling) =>
        values.Select((value, client) => new ClientUpdate($"client-{client}", new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, [1, 2], [value], scaling(client))])));
}
