using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class AmeEstimatorTests
{
    [Test]
    public async Task Lasso_OfAFewPlayersOfWorth_FindsThemFromFewerDrawsThanPlayers()
    {
        int[] worthy = [3, 57, 120];
        DelegateUtility utility = new("sparse", 200, coalition => 1 + (2.0 * worthy.Count(coalition.Contains)));

        ValuationResult result = await CoalitionRuns.RunAsync(utility, new AmeEstimator { Penalty = null }, 120);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Ranking()[..3], Is.EquivalentTo(worthy));
            Assert.That(result.Values.Count(value => value == 0), Is.GreaterThan(180));
            Assert.That(result.StandardErrors, Has.All.NaN);
        }
    }

    [Test]
    public async Task Lasso_UnderAGreatPenalty_IsZero()
    {
        ValuationResult result = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new AmeEstimator { Penalty = 1e6 }, 50);

        Assert.That(result.Values, Has.All.Zero);
    }

    [Test]
    public async Task Lasso_UnderNoPenaltyToSpeakOf_IsLeastSquares()
    {
        ValuationResult lasso = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new AmeEstimator { Penalty = 1e-13 }, 100);
        ValuationResult least = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new AmeEstimator(), 100);

        Assert.That(lasso.Values, Is.EqualTo(least.Values).Within(1e-8));
    }

    [Test]
    public void Weights_OfEveryCountOfPlayers_SumToOne([Values(1, 5, 60)] int players)
    {
        AverageMarginalEffectValue value = new();

        double sum = Enumerable.Range(0, players).Sum(size => Math.Exp(Semivalue.LogCount(players, size) + value.LogWeight(players, size)));

        Assert.That(sum, Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Estimators_WithTheSameProbabilities_AreEqual() =>
        Assert.That(new AmeEstimator { Probabilities = [0.1, 0.9] }, Is.EqualTo(new AmeEstimator { Probabilities = new List<double> { 0.1, 0.9 } }));
}
