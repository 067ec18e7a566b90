using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class LeastCoreEstimatorTests
{
    [TestCase(3, 1.0 / 3, 1.0 / 3)]
    [TestCase(5, 2.0 / 5, 2.0 / 5)]
    [TestCase(7, 3.0 / 7, 3.0 / 7)]
    [TestCase(4, 0.5, 0)]
    [TestCase(6, 0.5, 0)]
    public async Task Miners_WhoCarryInPairs_ArePaidAlike(int players, double payment, double subsidy)
    {
        ValuationResult result = await AllAsync(new DelegateUtility("miners", players, coalition => coalition.Size / 2));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo(Enumerable.Repeat(payment, players)).Within(1e-9));
            Assert.That(result.Facts["subsidy"], Is.EqualTo(subsidy).Within(1e-9));
            Assert.That(result.Facts["is_feasible"], Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Gloves_OneLeftAndTwoRight_PayTheLeftOneAll()
    {
        ValuationResult result = await AllAsync(new DelegateUtility("gloves", 3, coalition => coalition.Contains(0) && coalition.Size > 1 ? 1 : 0));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo((double[])[1, 0, 0]).Within(1e-9));
            Assert.That(result.Facts["subsidy"], Is.Zero.Within(1e-9));
        }
    }

    [TestCase(false, -2)]
    [TestCase(true, 0)]
    public async Task Squares_OfThree_HaveASurplusUnlessTheSubsidyIsBounded(bool isNonnegative, double subsidy)
    {
        // v(∅) = 7 is subtracted: payments of 3 leave singles 1 − 3 = −2 and pairs 4 − 6 = −2.
        ValuationResult result = await AllAsync(
            new DelegateUtility("squares", 3, coalition => 7 + (coalition.Size * coalition.Size)), new LeastCoreEstimator { IsSubsidyNonnegative = isNonnegative });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo((double[])[3, 3, 3]).Within(1e-9));
            Assert.That(result.Facts["subsidy"], Is.EqualTo(subsidy).Within(1e-9));
        }
    }

    [Test]
    public async Task Core_OfManyPayments_IsTheMostEqualOfThem()
    {
        // Only the first two together are worth something: with subsidy 0 they may share 1 in any way, and share it alike.
        ValuationResult result = await AllAsync(new DelegateUtility("pair", 2, coalition => coalition.IsFull ? 1 : 0));

        Assert.That(result.Values, Is.EqualTo((double[])[0.5, 0.5]).Within(1e-9));
    }

    [Test]
    public async Task Payments_OverSomeCoalitions_SumToTheWholeAndMissNone([Values(1UL, 2UL, 3UL)] ulong seed)
    {
        double[] weights = [.. Enumerable.Range(1, 12).Select(i => (double)i)];
        DelegateUtility utility = new("saturating", 12, coalition => 1 - Math.Exp(-0.05 * coalition.ToArray().Sum(player => weights[player])));

        ValuationResult result = await CoalitionRuns.RunAsync(utility, new LeastCoreEstimator(), 402, seed);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values.Sum(), Is.EqualTo(1 - Math.Exp(-0.05 * 78)).Within(1e-9));
            Assert.That(result.Facts["greatest_violation"], Is.LessThan(1e-9));
            Assert.That(result.Facts["coalitions"], Is.InRange(300, 400));
        }
    }

    private static Task<ValuationResult> AllAsync(DelegateUtility utility, LeastCoreEstimator? estimator = null) =>
        CoalitionRuns.RunAsync(utility, estimator ?? new LeastCoreEstimator(), 1L << utility.PlayerCount);
}
