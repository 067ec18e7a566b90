using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class OwenEstimatorTests
{
    [Test]
    public async Task Intervals_OfARandomQ_Hold([Values] bool isAntithetic)
    {
        TableUtility utility = Valuations.Rough(5);

        await Valuations.AssertCalibratedAsync(new OwenEstimator { IsAntithetic = isAntithetic }, utility, Valuations.Exact(utility, Semivalue.Shapley), 360);
    }

    [Test]
    public Task Intervals_OfNoisyUtilities_Hold() =>
        Valuations.AssertCalibratedAsync(new OwenEstimator(), Valuations.Noisy(Valuations.Rough(3), 1), Valuations.Exact(Valuations.Rough(3), Semivalue.Shapley), 160);

    [Test]
    public async Task OneCoalition_OfAnAdditiveGame_IsExact()
    {
        ValuationResult result = await Valuations.RunAsync(new OwenEstimator(), Valuations.Additive(1, -2, 4), budget: 4);

        Assert.That(result.Values, Is.EqualTo([1.0, -2, 4]).Within(1e-12));
    }

    [Test]
    public async Task AGrid_HasTheErrorOfTheTrapezoidRule([Values(2, 3, 5)] int points)
    {
        // v = [all of three]: E(q) = q², whose trapezoid sum over m points is 1/3 + 1/(6 (m−1)²).
        DelegateUtility utility = new("unanimity", 3, coalition => coalition.IsFull ? 1 : 0);
        ValuationResult result = await Valuations.RunAsync(new OwenEstimator { GridPoints = points }, utility, budget: points * 4L * 4000);
        double expected = (1 / 3.0) + (1 / (6.0 * (points - 1) * (points - 1)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Draws, Is.EqualTo(4000));
            foreach ((double value, double error) in result.Values.Zip(result.StandardErrors))
            {
                Assert.That(Math.Abs(value - expected), Is.LessThanOrEqualTo((4.5 * error) + 1e-12));
            }
        }
    }

    [Test]
    public async Task AGridOfEnds_IsTheMeanOfFirstAndLastContributions([Values] bool isAntithetic)
    {
        TableUtility utility = Valuations.Rough(4);

        ValuationResult result = await Valuations.RunAsync(new OwenEstimator { GridPoints = 2, IsAntithetic = isAntithetic }, utility, budget: 40);

        Assert.That(result.Values, Is.EqualTo(Enumerable.Range(0, 4).Select(i =>
            (Valuations.Value(utility, 1 << i) - Valuations.Value(utility, 0) + Valuations.Value(utility, 15) - Valuations.Value(utility, 15 ^ (1 << i))) / 2)).Within(1e-12));
    }

    [TestCase(null, false, 4, 24)]
    [TestCase(null, true, 2, 24)]
    [TestCase(5, false, 1, 30)]
    [TestCase(3, true, 1, 36)]
    public async Task ABudget_PaysForWholeSweeps(int? points, bool isAntithetic, long draws, long evaluations)
    {
        ValuationResult result = await Valuations.RunAsync(new OwenEstimator { GridPoints = points, IsAntithetic = isAntithetic }, Valuations.Rough(5), budget: evaluations + 5);

        Assert.That((result.Draws, result.Evaluations), Is.EqualTo((draws, evaluations)));
    }
}
