using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class BetaShapleyEstimatorTests
{
    [Test]
    public async Task Defaults_AreThePapersSixteenAndOne_AndIntervalsHold()
    {
        BetaShapleyEstimator estimator = new();
        TableUtility utility = Valuations.Rough(5);

        Assert.That(estimator.Target!.Name, Is.EqualTo("beta(16,1)"));
        await Valuations.AssertCalibratedAsync(estimator, utility, Valuations.Exact(utility, Semivalue.Beta(16, 1)), 400);
    }

    [Test]
    public async Task BetaOfOneAndOne_IsPermutationSampling_ToTheRounding()
    {
        TableUtility utility = Valuations.Rough(6);

        ValuationResult beta = await Valuations.RunAsync(new BetaShapleyEstimator { Semivalue = Semivalue.Beta(1, 1) }, utility, 2000);

        for (int i = 0; i < 6; i++)
        {
            Assert.That(Math.Abs(beta.Values[i] - Valuations.Exact(utility, Semivalue.Shapley)[i]), Is.LessThan(4 * beta.StandardErrors[i]));
        }

        Assert.That(beta.Values.Sum(), Is.EqualTo(Valuations.Value(utility, 63) - Valuations.Value(utility, 0)).Within(1e-9), "efficient as the Shapley value is");
    }

    [Test]
    public void AHundredThousandPlayers_HaveFiniteWeights()
    {
        double[] weights = SizeWeights.OfOrders(Semivalue.Beta(16, 1), 100_000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(weights, Is.All.Matches<double>(double.IsFinite));
            Assert.That(weights.Average(), Is.EqualTo(1).Within(1e-6));
            Assert.That(SizeWeights.OfOrders(Semivalue.Shapley, 100_000), Is.All.EqualTo(1.0));
        }
    }
}
