using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class SurrogateEstimatorTests
{
    [Test]
    public async Task Correction_OfANearlyAdditiveGame_HasFarLessNoiseThanWithout()
    {
        DelegateUtility utility = new("near", 12, coalition => 3 + coalition.ToArray().Sum(player => player + 1.0) + (coalition.Contains(0) && coalition.Contains(1) ? 0.5 : 0));

        ValuationResult with = await CoalitionRuns.RunAsync(utility, new SurrogateEstimator(), 600);
        ValuationResult without = await CoalitionRuns.RunAsync(utility, new SurrogateEstimator { FitCoalitions = 0 }, 600);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(with.StandardErrors.Max(), Is.LessThan(without.StandardErrors.Min() / 10));
            Assert.That(with.Values[11], Is.EqualTo(12).Within(5 * with.StandardErrors[11]));
            Assert.That(with.Values[0], Is.EqualTo(1.25).Within(5 * with.StandardErrors[0]));
        }
    }

    [Test]
    public async Task Surrogate_WithoutDrawsToCorrectIt_IsTheValueWithAnInfiniteError()
    {
        DelegateUtility utility = new("additive", 4, coalition => coalition.ToArray().Sum(player => player + 1.0));

        ValuationResult result = await CoalitionRuns.RunAsync(utility, new SurrogateEstimator { FitCoalitions = 100, Ridge = 1e-9 }, 100);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo((double[])[1, 2, 3, 4]).Within(1e-6));
            Assert.That(result.StandardErrors, Has.All.EqualTo(double.PositiveInfinity));
        }
    }
}
