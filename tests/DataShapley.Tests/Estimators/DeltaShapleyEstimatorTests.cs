using DataShapley.Estimators;
using DataShapley.Estimators.Allocations;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class DeltaShapleyEstimatorTests
{
    [Test]
    public async Task Intervals_Hold_ForSomeSizes()
    {
        TableUtility utility = Valuations.Rough(6);
        DeltaShapleyEstimator estimator = new() { Semivalue = new DeltaShapleyValue(1, 2) };

        await Valuations.AssertCalibratedAsync(estimator, utility, Valuations.Exact(utility, estimator.Semivalue), 300);
    }

    [Test]
    public async Task AllSizes_AreTheShapleyValue()
    {
        DelegateUtility utility = new("sizes", 5, coalition => Math.Sqrt(coalition.Size) + 1);

        ValuationResult result = await Valuations.RunAsync(new DeltaShapleyEstimator { Semivalue = new DeltaShapleyValue(0, 100) }, utility, 50);

        Assert.That(result.Values, Is.All.EqualTo(Math.Sqrt(5) / 5).Within(1e-12));
    }

    [Test]
    public async Task TheBound_GivesTheNumbersOfSamples()
    {
        DeltaShapleyBound bound = new(0.5, 0.5) { LearningRate = 0.01 };
        DeltaShapleyEstimator estimator = new() { Semivalue = new DeltaShapleyValue(1, 2), Allocation = bound };
        long samples = (long)(bound.Weight(4, 1) + bound.Weight(4, 2));

        ValuationResult result = await Valuations.RunAsync(estimator, Valuations.Rough(4), budget: 2 * 4 * samples);

        Assert.That(result.Counts, Is.All.EqualTo(samples));
    }

    [Test]
    public void TooFewPlayers_AreRefused() => Assert.That(
        async () => await Valuations.RunAsync(new DeltaShapleyEstimator { Semivalue = new DeltaShapleyValue(3, 5) }, Valuations.Rough(3), 100),
        Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.TooFewPlayers));
}
