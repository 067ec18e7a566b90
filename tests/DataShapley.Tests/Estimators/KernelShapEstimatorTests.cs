using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class KernelShapEstimatorTests
{
    [Test]
    public async Task AllCoalitions_OfEveryTable_GiveTheShapleyValues()
    {
        foreach (JsonElement table in Oracles.Root.GetProperty("tables").EnumerateArray().Where(item => item.GetProperty("players").GetInt32() > 1))
        {
            double[] values = Oracles.Plain(table.GetProperty("utility"));

            ValuationResult result = await CoalitionRuns.RunAsync(new TableUtility("table", values), new KernelShapEstimator(), values.Length);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(result.Values, Is.EqualTo(Oracles.Numbers(table.GetProperty("shapley"))).Within(1e-10));
                Assert.That(result.StandardErrors, Has.All.Zero);
                Assert.That(result.Evaluations, Is.EqualTo(values.Length));
            }
        }
    }

    [Test]
    public async Task SomeCoalitions_OfAnAdditiveGame_GiveItsWeights()
    {
        DelegateUtility utility = new("additive", 30, coalition => 5 + coalition.ToArray().Sum(player => (double)player * player));

        ValuationResult result = await CoalitionRuns.RunAsync(utility, new KernelShapEstimator(), 200);

        Assert.That(result.Values, Is.EqualTo(Enumerable.Range(0, 30).Select(player => (double)player * player)).Within(1e-8));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task SomeCoalitions_OfAGame_AreEfficientAndCovered(bool isPaired)
    {
        double[] weights = [.. Enumerable.Range(1, 10).Select(i => (double)i)];
        DelegateUtility utility = new("saturating", 10, coalition => 1 - Math.Exp(-0.05 * coalition.ToArray().Sum(player => weights[player])));
        double[] exact = await CoalitionRuns.ExactAsync(utility, Semivalue.Shapley);
        KernelShapEstimator estimator = new() { IsPaired = isPaired };

        ValuationResult result = await CoalitionRuns.RunAsync(utility, estimator, 402);
        (_, double coverage) = await CoalitionRuns.MeasureAsync(utility, estimator, 402, exact, seeds: 60);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values.Sum(), Is.EqualTo(exact.Sum()).Within(1e-12));
            Assert.That(coverage, Is.InRange(0.86, 0.97));
        }
    }

    [Test]
    public void Budget_BelowThePlayers_IsRefused() => Assert.That(
        async () => await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new KernelShapEstimator(), 5),
        Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.BudgetTooSmall));

    [Test]
    public async Task Draws_ThatDoNotDetermineTheValues_LeaveThemEqual()
    {
        DelegateUtility utility = new("size", 8, coalition => coalition.Size);

        ValuationResult result = await CoalitionRuns.RunAsync(utility, new KernelShapEstimator(), 10);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo(Enumerable.Repeat(1.0, 8)).Within(1e-12));
            Assert.That(result.StandardErrors, Has.All.EqualTo(double.PositiveInfinity));
        }
    }
}
