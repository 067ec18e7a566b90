using DataShapley.Games;
using DataShapley.Stopping;
using DataShapley.Tests.Estimators;

namespace DataShapley.Tests.Stopping;

public sealed class GelmanRubinTests
{
    [Test]
    public void Statistic_WorkedByHand_DecidesAtItsValue()
    {
        // Chains (0, 2) and (2, 4): s² = 2, m = 2, B/m = variance of 1 and 3 = 2, so the statistic is √(1/2 + 2/2) = 1.2247.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(1.22, [0, 2, 2, 4]), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(1.23, [0, 2, 2, 4]), Is.EqualTo(StoppingDecision.Converged));
        }
    }

    // Of a null player s² = 0, and a peer's 0 / 0 ends its loop; here it is no reason to go on and none to stop.
    [Test]
    public void ConstantChains_HaveConvergedIfAndOnlyIfTheyAgree()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(1.05, [3, 3, 3, 3]), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(1.05, [3, 4, 3, 4]), Is.EqualTo(StoppingDecision.Continue));
        }
    }

    [Test]
    public void LeftOutSamples_AreNotCounted() => Assert.That(Decide(1.05, [3, double.NaN, 3, 3]), Is.EqualTo(StoppingDecision.Continue));

    [Test]
    public async Task ARun_WithANullPlayer_Converges()
    {
        // Player 2 never changes anything.
        TableUtility utility = new("null", [0, 1, 2, 5, 0, 1, 2, 5]);

        ValuationResult result = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new MarginalOfOne()) { Stop = new GelmanRubin() });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Status, Is.EqualTo(ValuationStatus.Converged));
            Assert.That(result.Draws, Is.GreaterThanOrEqualTo(500).And.LessThan(2000));
        }
    }

    [Test]
    public void AnEstimatorWithoutSamples_IsRefused()
    {
        StoppingMonitor monitor = new GelmanRubin().Begin(Moments.Start(1));
        monitor.Observe([]);

        Assert.That(() => monitor.Check(Moments.At(1, [1])), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.MissingSamples));
    }

    [Test]
    public void ThresholdFor_AnEffectiveSampleSize_IsTheRoot() => Assert.That(GelmanRubin.ThresholdFor(100), Is.EqualTo(Math.Sqrt(1.01)));

    [Test]
    public void Settings_Outside_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new GelmanRubin { Chains = 1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new GelmanRubin { Threshold = 1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new GelmanRubin { MinimumDraws = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => GelmanRubin.ThresholdFor(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    // Draws go to the two chains in turn.
    private static StoppingDecision Decide(double threshold, double[] draws)
    {
        StoppingMonitor monitor = new GelmanRubin { Chains = 2, Threshold = threshold, MinimumDraws = 4 }.Begin(Moments.Start(1));
        foreach (double draw in draws)
        {
            monitor.Observe([draw]);
        }

        return monitor.Check(Moments.At(draws.Length, [0]));
    }
}
