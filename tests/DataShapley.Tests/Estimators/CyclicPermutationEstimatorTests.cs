using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class CyclicPermutationEstimatorTests
{
    [Test]
    public async Task OneCycle_OfAGameOfSizes_IsExact()
    {
        DelegateUtility utility = new("sizes", 5, coalition => Math.Sqrt(coalition.Size) + 1);

        ValuationResult result = await Valuations.RunAsync(new CyclicPermutationEstimator(), utility, budget: 22);

        Assert.That(result.Values, Is.All.EqualTo(Math.Sqrt(5) / 5).Within(1e-12));
        Assert.That(result.Evaluations, Is.EqualTo(22));
    }

    [Test]
    public async Task OneCycle_OfTwoPlayers_IsExactForEverySemivalue()
    {
        TableUtility utility = new("two", [1, 4, 2, 9]);
        foreach (Semivalue semivalue in (Semivalue[])[Semivalue.Shapley, Semivalue.Beta(4, 1), new BanzhafValue { Probability = 0.2 }])
        {
            ValuationResult result = await Valuations.RunAsync(new CyclicPermutationEstimator { Semivalue = semivalue }, utility, budget: 4);

            Assert.That(result.Values, Is.EqualTo(Valuations.Exact(utility, semivalue)).Within(1e-12), semivalue.Name);
        }
    }

    [Test]
    public async Task Intervals_HaveCyclesAsTheirUnit_AndHold()
    {
        TableUtility utility = Valuations.Rough(4);

        await Valuations.AssertCalibratedAsync(new CyclicPermutationEstimator(), utility, Valuations.Exact(utility, Semivalue.Shapley), 150);
    }

    [Test]
    public async Task OnePlayer_HasEverything()
    {
        ValuationResult result = await Valuations.RunAsync(new CyclicPermutationEstimator(), new TableUtility("one", [1, 4]), budget: 3);

        Assert.That(result.Values, Is.EqualTo([3.0]));
    }
}
