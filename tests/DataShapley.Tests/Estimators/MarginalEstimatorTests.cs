using DataShapley.Estimators;
using DataShapley.Estimators.Allocations;
using DataShapley.Estimators.Samplers;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class MarginalEstimatorTests
{
    private static readonly CoalitionSampler[] Samplers =
    [
        new UniformSampler(), new AntitheticSampler(), new PermutationSampler(), new OwenSampler(), new AmeSampler(), new StratifiedSampler { Allocation = SizeAllocation.Harmonic },
    ];

    [Test]
    public Task Intervals_OfAnySampler_ForAnySemivalue_Hold(
        [ValueSource(nameof(Samplers))] CoalitionSampler sampler, [Values("shapley", "banzhaf", "beta")] string semivalue)
    {
        Semivalue target = semivalue switch { "shapley" => Semivalue.Shapley, "banzhaf" => Semivalue.Banzhaf, _ => Semivalue.Beta(2, 1) };
        TableUtility utility = Valuations.Rough(4);

        return Valuations.AssertCalibratedAsync(
            new MarginalEstimator { Sampler = sampler, Semivalue = target }, utility, Valuations.Exact(utility, target), 2 * 4 * sampler.CoalitionsPerDraw * 40, runs: 150);
    }

    [Test]
    public async Task LeaveOneOut_FromItsSampler_IsExact()
    {
        TableUtility utility = Valuations.Rough(4);

        ValuationResult result = await Valuations.RunAsync(new MarginalEstimator { Sampler = new LeaveOneOutSampler(), Semivalue = Semivalue.LeaveOneOut }, utility, budget: 16);

        Assert.That(result.Values, Is.EqualTo(Valuations.Exact(utility, Semivalue.LeaveOneOut)).Within(1e-12));
        Assert.That(result.StandardErrors, Is.All.EqualTo(0).Within(1e-12));
    }

    [Test]
    public void ASampler_ThatLeavesSizesOut_IsRefused() => Assert.That(
        async () => await Valuations.RunAsync(new MarginalEstimator { Sampler = new LeaveOneOutSampler() }, Valuations.Rough(4), budget: 100),
        Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableSettings));

    [Test]
    public void Weights_ThatOverflow_AreRefused() => Assert.That(
        async () => await Valuations.RunAsync(
            new MarginalEstimator { Sampler = new UniformSampler() }, new DelegateUtility("many", 3000, coalition => coalition.Size), budget: 100_000),
        Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableSettings));

    [Test]
    public async Task OnePlayer_HasEverything()
    {
        ValuationResult result = await Valuations.RunAsync(new MarginalEstimator(), new TableUtility("one", [1, 4]), budget: 4);

        Assert.That(result.Values, Is.EqualTo([3.0]));
    }
}
