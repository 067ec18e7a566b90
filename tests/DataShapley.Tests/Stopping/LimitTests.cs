using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Stopping;
using DataShapley.Tests.Estimators;
using ModelSdk.Testing;

namespace DataShapley.Tests.Stopping;

public sealed class LimitTests
{
    [Test]
    public void Limits_StopExhausted_WhenTheyAreReached()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(new EvaluationLimit(100), 99), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(new EvaluationLimit(100), 100), Is.EqualTo(StoppingDecision.Exhausted));
            Assert.That(Decide(new DrawLimit(100), 99), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(new DrawLimit(100), 100), Is.EqualTo(StoppingDecision.Exhausted));
            Assert.That(Decide(new MinimumUpdates(100), 99), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(new MinimumUpdates(100), 100), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(new DrawLimit(100).Begin(Moments.Start(1)).Completion(Moments.At(25, [0])), Is.EqualTo(0.25));
        }
    }

    [Test]
    public void MinimumUpdates_CountsThePlayerWithTheFewest()
    {
        StoppingMoment moment = Moments.At(10, [1, 2]);
        moment.Estimate.Counts[1] = 3;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new MinimumUpdates(4).Begin(Moments.Start(2)).Check(moment), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(new MinimumUpdates(3).Begin(Moments.Start(2)).Check(moment), Is.EqualTo(StoppingDecision.Converged));
        }
    }

    [Test]
    public void TimeLimit_IsToldTheTimeByTheProvider()
    {
        ManualTime time = new();
        StoppingMonitor monitor = new TimeLimit(TimeSpan.FromMinutes(2)).Begin(new StoppingStart(1, time));

        time.Advance(TimeSpan.FromMinutes(1));
        StoppingDecision before = monitor.Check(Moments.At(5, [1]));
        double completion = monitor.Completion(Moments.At(5, [1]));
        time.Advance(TimeSpan.FromMinutes(1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(StoppingDecision.Continue));
            Assert.That(completion, Is.EqualTo(0.5));
            Assert.That(monitor.Check(Moments.At(5, [1])), Is.EqualTo(StoppingDecision.Exhausted));
        }
    }

    [TestCase(1)]
    [TestCase(777)]
    public async Task DrawLimit_InARun_IsExact(int draws)
    {
        // Rules are asked ever less often; this one says when it has to be.
        ValuationRecipe recipe = new(new MarginalOfOne()) { Stop = new DrawLimit(draws) };

        ValuationResult result = await new DataValuator().ValueAsync(new TableUtility("table", [0, 1, 2, 5]), recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Draws, Is.EqualTo(draws));
            Assert.That(result.Status, Is.EqualTo(ValuationStatus.Exhausted));
        }
    }

    [Test]
    public void Negation_TurnsConvergenceRound_AndLeavesExhaustion()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(!new MinimumUpdates(100), 99), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(!new MinimumUpdates(100), 100), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(!!new MinimumUpdates(100), 100), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(!new DrawLimit(100), 100), Is.EqualTo(StoppingDecision.Exhausted));
            Assert.That((!new DrawLimit(100)).Begin(Moments.Start(1)).NextCheck(50), Is.EqualTo(100));
        }
    }

    [Test]
    public void Combinations_StopWhenBothOrEitherDo()
    {
        StoppingRule first = new MinimumUpdates(10);
        StoppingRule second = new DrawLimit(20);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(first & second, 15), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(first & second, 20), Is.EqualTo(StoppingDecision.Exhausted));
            Assert.That(Decide(first | second, 15), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(first | second, 20), Is.EqualTo(StoppingDecision.Converged));
            Assert.That((first & new DrawLimit(30) & second).Begin(Moments.Start(1)).NextCheck(20), Is.EqualTo(30));
        }
    }

    [Test]
    public void Limits_BelowOne_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new EvaluationLimit(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new DrawLimit(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new MinimumUpdates(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TimeLimit(TimeSpan.Zero), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static StoppingDecision Decide(StoppingRule rule, long draws) => rule.Begin(Moments.Start(1)).Check(Moments.At(draws, [1], [0.5]));
}
