using DataShapley.Stopping;

namespace DataShapley.Tests.Stopping;

public sealed class RankStabilityTests
{
    private static readonly double[] Order = [1, 2, 3, 4, 5];

    // Its correlation with the order above is 0.3; a peer stops where two successive correlations are alike, whatever they are.
    private static readonly double[] Other = [3, 4, 1, 2, 5];

    [Test]
    public void CorrelationsThatAreAlikeAndLow_DoNotPass()
    {
        StoppingMonitor monitor = Begin(0);
        StoppingDecision[] decisions = [.. Enumerable.Range(1, 20).Select(sweep => monitor.Check(Moments.At(10 * sweep, sweep % 2 == 0 ? Order : Other)))];

        Assert.That(decisions, Is.All.EqualTo(StoppingDecision.Continue));
    }

    [Test]
    public void AnOrderThatStands_PassesAtTheSecondAgreement()
    {
        StoppingMonitor monitor = Begin(0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(monitor.Check(Moments.At(10, Order)), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(monitor.Check(Moments.At(20, Order)), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(monitor.Check(Moments.At(30, Order)), Is.EqualTo(StoppingDecision.Converged));
        }
    }

    // A peer moves its snapshot at every check: values that creep from one order to its reverse agree with a moment ago all the way.
    [Test]
    public void ValuesThatCreep_AreComparedWithAWholeSweepAgo()
    {
        StoppingMonitor monitor = Begin(0);
        List<StoppingDecision> decisions = [];
        for (int draw = 1; draw <= 100; draw++)
        {
            double share = draw % 20 / 19.0;
            bool isBack = draw / 20 % 2 == 1;
            double weight = isBack ? share : 1 - share;
            decisions.Add(monitor.Check(Moments.At(draw, [.. Order.Select(value => (weight * value) + ((1 - weight) * (6 - value)))])));
        }

        Assert.That(decisions, Is.All.EqualTo(StoppingDecision.Continue));
    }

    [Test]
    public void LateSweeps_AreAsLongAsEarlyOnes()
    {
        StoppingMonitor monitor = Begin(0.5);
        monitor.Check(Moments.At(1000, Order));
        monitor.Check(Moments.At(1010, Order));
        StoppingDecision few = monitor.Check(Moments.At(1499, Order));
        monitor.Check(Moments.At(1500, Order));
        StoppingDecision enough = monitor.Check(Moments.At(2250, Order));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(few, Is.EqualTo(StoppingDecision.Continue));
            Assert.That(enough, Is.EqualTo(StoppingDecision.Converged));
        }
    }

    // Where only some players have samples, a peer compares those with zeros of the others.
    [Test]
    public void PlayersWithoutSamples_AreWaitedFor()
    {
        StoppingMonitor monitor = Begin(0);
        for (int sweep = 1; sweep < 10; sweep++)
        {
            StoppingMoment moment = Moments.At(10 * sweep, [1, 2, 0]);
            moment.Estimate.Counts[2] = 0;
            Assert.That(monitor.Check(moment), Is.EqualTo(StoppingDecision.Continue));
        }
    }

    [Test]
    public void Settings_Outside_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new RankStability(1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RankStability(0.1) { Updates = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RankStability(0.1) { Growth = double.NaN }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static StoppingMonitor Begin(double growth) => new RankStability(0.01) { Updates = 10, Growth = growth }.Begin(Moments.Start(5));
}
