using DataShapley.Estimators;
using DataShapley.Estimators.Allocations;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class StratifiedEstimatorTests
{
    [TestCase(1, 2)]
    [TestCase(2, 8)]
    public async Task OneAndTwoPlayers_AreExact_AndEndByThemselves(int players, long evaluations)
    {
        TableUtility utility = Valuations.Rough(players);

        ValuationResult result = await Valuations.RunAsync(new StratifiedEstimator(), utility);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo(Valuations.Exact(utility, Semivalue.Shapley)).Within(1e-12));
            Assert.That(result.StandardErrors, Is.All.Zero);
            Assert.That(result.Status, Is.EqualTo(ValuationStatus.Completed));
            Assert.That(result.Evaluations, Is.EqualTo(evaluations));
        }
    }

    [Test]
    public async Task AGameOfSizes_IsExactAfterOneSampleEach()
    {
        DelegateUtility utility = new("sizes", 5, coalition => Math.Sqrt(coalition.Size) + 1);

        ValuationResult result = await Valuations.RunAsync(new StratifiedEstimator(), utility, budget: 50);

        Assert.That(result.Values, Is.All.EqualTo(Math.Sqrt(5) / 5).Within(1e-12));
        Assert.That(result.StandardErrors, Is.All.EqualTo(double.PositiveInfinity), "one sample says nothing of the middle sizes' error");
    }

    [Test]
    public async Task Intervals_OfEveryAllocation_Hold()
    {
        TableUtility utility = Valuations.Rough(5);
        double[] exact = Valuations.Exact(utility, Semivalue.Shapley);
        foreach (SizeAllocation allocation in (SizeAllocation[])[SizeAllocation.Constant, SizeAllocation.Harmonic, SizeAllocation.GroupTesting])
        {
            await Valuations.AssertCalibratedAsync(new StratifiedEstimator { Allocation = allocation }, utility, exact, 400, runs: 200);
        }
    }

    [Test]
    public Task Intervals_OfAnotherSemivalue_Hold() => Valuations.AssertCalibratedAsync(
        new StratifiedEstimator { Semivalue = Semivalue.Banzhaf }, Valuations.Rough(4), Valuations.Exact(Valuations.Rough(4), Semivalue.Banzhaf), 300);

    [Test]
    public Task Intervals_OfNoisyUtilities_Hold() =>
        Valuations.AssertCalibratedAsync(new StratifiedEstimator(), Valuations.Noisy(Valuations.Rough(3), 1), Valuations.Exact(Valuations.Rough(3), Semivalue.Shapley), 300);

    [Test]
    public async Task ABudget_HasToPayForEachSize()
    {
        StratifiedEstimator estimator = new();

        ValuationResult result = await Valuations.RunAsync(estimator, Valuations.Rough(4), budget: 33);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Evaluations, Is.EqualTo(32));
            Assert.That(result.Counts, Is.All.EqualTo(4));
            Assert.That(async () => await Valuations.RunAsync(estimator, Valuations.Rough(4), budget: 31), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.BudgetTooSmall));
        }
    }

    [Test]
    public async Task SizesWithoutWeight_HaveNoSamples()
    {
        StratifiedEstimator estimator = new() { Semivalue = Semivalue.LeaveOneOut };
        TableUtility utility = Valuations.Rough(4);

        ValuationResult result = await Valuations.RunAsync(estimator, utility);

        Assert.That(result.Values, Is.EqualTo(Valuations.Exact(utility, Semivalue.LeaveOneOut)).Within(1e-12));
        Assert.That(result.Evaluations, Is.EqualTo(8));
    }

    [Test]
    public async Task ATotal_ThatLeavesSizesOut_TakesTheirContributionsAsZero()
    {
        // Harmonic, two samples: sizes 0 and 1 alone, each a quarter of the value.
        DelegateUtility utility = new("sizes", 4, coalition => coalition.Size * coalition.Size);
        StratifiedEstimator estimator = new() { Allocation = SizeAllocation.Harmonic, SamplesPerPlayer = 2 };

        ValuationResult result = await Valuations.RunAsync(estimator, utility, budget: 16);

        Assert.That(result.Values, Is.All.EqualTo((1 + 3) / 4.0).Within(1e-12));
        Assert.That(estimator.Promises.HasFlag(EstimatorPromises.Unbiased), Is.False);
    }
}
