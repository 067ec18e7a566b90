using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class AntitheticPermutationEstimatorTests
{
    [Test]
    public async Task OnePair_OfTwoPlayers_IsExact()
    {
        // v(∅) = 1, v(0) = 4, v(1) = 2, v(01) = 9: (3 + 7) / 2 and (5 + 1) / 2.
        ValuationResult result = await Valuations.RunAsync(new AntitheticPermutationEstimator(), new TableUtility("two", [1, 4, 2, 9]), budget: 4);

        Assert.That(result.Values, Is.EqualTo([5.0, 3.0]));
    }

    [Test]
    public async Task OnePair_OfAGameOfPairs_IsExact()
    {
        // Contributions that are linear in who came before: the order and its reverse have each other player before and after once.
        double[,] pair = { { 0, 2, -1, 4 }, { 2, 0, 3, 0 }, { -1, 3, 0, 1 }, { 4, 0, 1, 0 } };
        DelegateUtility utility = new("pairs", 4, coalition => coalition.ToArray().Sum(i => i + coalition.ToArray().Sum(j => pair[i, j] / 2)));

        ValuationResult result = await Valuations.RunAsync(new AntitheticPermutationEstimator(), utility, budget: 8);

        Assert.That(result.Values, Is.EqualTo(Enumerable.Range(0, 4).Select(i => i + (Enumerable.Range(0, 4).Sum(j => pair[i, j]) / 2))).Within(1e-12));
        Assert.That(result.Draws, Is.EqualTo(1));
    }

    [Test]
    public async Task Intervals_HavePairsAsTheirUnit_AndHold([Values(3, 5)] int players)
    {
        TableUtility utility = Valuations.Rough(players);

        await Valuations.AssertCalibratedAsync(new AntitheticPermutationEstimator(), utility, Valuations.Exact(utility, Semivalue.Shapley), 160);
    }

    [Test]
    public async Task ABudget_PaysForWholePairs()
    {
        ValuationResult result = await Valuations.RunAsync(new AntitheticPermutationEstimator(), Valuations.Rough(4), budget: 100);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Draws, Is.EqualTo(16));
            Assert.That(result.Evaluations, Is.EqualTo(98));
            Assert.That(result.Counts, Is.All.EqualTo(16));
        }
    }
}
