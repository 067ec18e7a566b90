using DataShapley.Games;
using DataShapley.Games.Classic;
using DataShapley.Statistics;
using DataShapley.Stopping;
using DataShapley.Tests.Estimators;

namespace DataShapley.Tests.Stopping;

public sealed class TopSelectionStabilityTests
{
    [Test]
    public void Intervals_OfTheSelected_HaveToLieAboveAllOthers()
    {
        // The t quantile of 99 degrees at 1 − 0.05/6 is 2.435: errors of 0.2 part values that are more than 0.974 from each other.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(new TopSelectionStability(1), [3, 2, 0], 0.2), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(new TopSelectionStability(1), [3, 2.1, 0], 0.2), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(new TopSelectionStability(1) { Tolerance = 0.1 }, [3, 2.1, 0], 0.2), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(new TopSelectionStability(2), [3, 2.1, 0], 0.2), Is.EqualTo(StoppingDecision.Converged));
        }
    }

    // Ranks k and k+1 may be parted while a selected player with a wide interval is not.
    [Test]
    public void EverySelectedPlayer_IsLookedAt_NotOnlyTheLast()
    {
        StoppingMoment moment = Moments.At(100, [5, 3, 0], [2.5, 0.1, 0.1]);

        Assert.That(new TopSelectionStability(2).Begin(Moments.Start(3)).Check(moment), Is.EqualTo(StoppingDecision.Continue));
    }

    [Test]
    public void WhereAllAreSelected_NothingHasToBeKnown() => Assert.That(Decide(new TopSelectionStability(3), [0, 0, 0], 9), Is.EqualTo(StoppingDecision.Converged));

    [Test]
    public void Ties_NeverPart() => Assert.That(Decide(new TopSelectionStability(1), [1, 1, 0], 1e-6), Is.EqualTo(StoppingDecision.Continue));

    [Test]
    public void AFewSamples_AreNotBelieved()
    {
        StoppingMoment moment = Moments.At(4, [3, 2, 0], [0, 0, 0]);

        Assert.That(new TopSelectionStability(1).Begin(Moments.Start(3)).Check(moment), Is.EqualTo(StoppingDecision.Continue));
    }

    [Test]
    public async Task ARun_SelectsTheBest_LongBeforeTheValuesAreGood()
    {
        QuadraticGame game = new([5, 4.5, 1, 0, 0], new double[5, 5] { { 0, 1, 0, 2, 0 }, { 1, 0, 1, 0, 2 }, { 0, 1, 0, 1, 0 }, { 2, 0, 1, 0, 1 }, { 0, 2, 0, 1, 0 } });
        ValuationRecipe recipe = new(new MarginalOfOne());

        ValuationResult selected = await new DataValuator().ValueAsync(game, recipe with { Stop = new TopSelectionStability(2) });
        ValuationResult precise = await new DataValuator().ValueAsync(game, recipe with { Stop = new AbsoluteStandardError(0.02) });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(selected.Ranking().Take(2), Is.EquivalentTo([0, 1]));
            Assert.That(selected.Status, Is.EqualTo(ValuationStatus.Converged));
            Assert.That(selected.Evaluations * 5, Is.LessThan(precise.Evaluations));
        }
    }

    [Test]
    public void Settings_Outside_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new TopSelectionStability(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TopSelectionStability(1) { Level = 1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TopSelectionStability(1) { Tolerance = -1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TopSelectionStability(1) { BurnIn = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static StoppingDecision Decide(StoppingRule rule, double[] values, double error) =>
        rule.Begin(Moments.Start(values.Length)).Check(Moments.At(100, values, [.. values.Select(_ => error)]));
}
