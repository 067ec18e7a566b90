using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class SizeStrataTests
{
    [Test]
    public async Task Borders_OfUpToThreePlayers_AreTheWholeGame([Values(1, 2, 3)] int players)
    {
        JsonElement table = Oracles.Root.GetProperty("tables").EnumerateArray().Single(item => item.GetProperty("players").GetInt32() == players);

        ValuationResult result = await CoalitionRuns.RunAsync(
            new TableUtility("table", Oracles.Plain(table.GetProperty("utility"))), new StratifiedSvarmEstimator(), budget: null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo(Oracles.Numbers(table.GetProperty("shapley"))).Within(1e-12));
            Assert.That(result.StandardErrors, Has.All.Zero);
            Assert.That(result.Status, Is.EqualTo(ValuationStatus.Completed));
            Assert.That(result.Evaluations, Is.EqualTo(1 << players));
        }
    }

    [Test]
    public void Borders_ThatTheBudgetDoesNotPay_AreRefusedBeforeAnythingIsEvaluated() => Assert.That(
        async () => await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new StratifiedSvarmEstimator(), 9),
        Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.BudgetTooSmall));

    [Test]
    public async Task Complements_OfASizeGame_AreExactOnceEverySizeWasDrawn()
    {
        // What depends on the size alone has no variance within a stratum.
        ValuationResult result = await CoalitionRuns.RunAsync(
            new DelegateUtility("size", 6, coalition => coalition.Size * coalition.Size), new ComplementaryContributionsEstimator(), 100);

        Assert.That(result.Values, Is.EqualTo(Enumerable.Repeat(6.0, 6)).Within(1e-12));
    }
}
