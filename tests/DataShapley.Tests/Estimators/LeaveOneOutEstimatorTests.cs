using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class LeaveOneOutEstimatorTests
{
    [Test]
    public async Task EveryTable_IsTheOracles_InOneEvaluationMoreThanPlayers()
    {
        foreach (System.Text.Json.JsonElement table in Oracles.Root.GetProperty("tables").EnumerateArray())
        {
            TableUtility utility = new("table", Oracles.Plain(table.GetProperty("utility")));

            ValuationResult result = await Valuations.RunAsync(new LeaveOneOutEstimator(), utility);

            Assert.That(result.Values, Is.EqualTo(Oracles.Numbers(table.GetProperty("loo"))).Within(1e-12));
            Assert.That(result.Evaluations, Is.EqualTo(utility.PlayerCount + 1));
            Assert.That(result.StandardErrors, Is.All.Zero);
        }
    }

    [Test]
    public void ABudget_ThatDoesNotPayForAll_IsRefused() => Assert.That(
        async () => await Valuations.RunAsync(new LeaveOneOutEstimator(), Valuations.Rough(4), budget: 4),
        Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.BudgetTooSmall));

    [Test]
    public async Task APlayer_WhoseEvaluationIsLeftOut_HasNoValue()
    {
        DelegateUtility utility = new("hole", 3, coalition => coalition.Size == 2 && !coalition.Contains(1) ? double.NaN : coalition.Size);

        ValuationResult result = await Valuations.RunAsync(new LeaveOneOutEstimator(), utility, options: new EvaluationOptions { OnNotFinite = FailurePolicy.Skip });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo([1.0, 0, 1]));
            Assert.That(result.Counts, Is.EqualTo([1L, 0, 1]));
            Assert.That(result.StandardErrors, Is.EqualTo([0, double.PositiveInfinity, 0]));
        }
    }

    [Test]
    public void NothingIsLeft_WhereEverybodysValueIsLeftOut() => Assert.That(
        async () => await Valuations.RunAsync(
            new LeaveOneOutEstimator(), new DelegateUtility("no end", 3, coalition => coalition.IsFull ? double.NaN : 1), options: new EvaluationOptions { OnNotFinite = FailurePolicy.Skip }),
        Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.NothingLeft));
}
