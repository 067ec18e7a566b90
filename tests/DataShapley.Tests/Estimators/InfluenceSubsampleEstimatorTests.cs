using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class InfluenceSubsampleEstimatorTests
{
    [Test]
    public async Task Values_OfAnAdditiveGame_AreItsWeightsLessTheMeanOfTheOthers()
    {
        double[] weights = [1, 2, 3, 6];
        DelegateUtility utility = new("additive", 4, coalition => coalition.ToArray().Sum(player => weights[player]));
        double[] expected = [.. weights.Select(weight => weight - ((12 - weight) / 3))];

        (double bias, double coverage) = await CoalitionRuns.MeasureAsync(utility, new InfluenceSubsampleEstimator(), 200, expected);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bias, Is.LessThan(4.5));
            Assert.That(coverage, Is.GreaterThan(0.86));
        }
    }

    [Test]
    public void OnePlayer_IsRefused() => Assert.That(
        async () => await CoalitionRuns.RunAsync(new TableUtility("one", [0, 1]), new InfluenceSubsampleEstimator(), 10),
        Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.TooFewPlayers));
}
