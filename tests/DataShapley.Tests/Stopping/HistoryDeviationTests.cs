using DataShapley.Stopping;

namespace DataShapley.Tests.Stopping;

public sealed class HistoryDeviationTests
{
    // A peer divides by the value itself: the mean of negative ratios is below any tolerance.
    [Test]
    public void NegativeValues_ThatStillChange_DoNotPass()
    {
        StoppingMonitor monitor = new HistoryDeviation(0.05) { Updates = 10 }.Begin(Moments.Start(2));
        monitor.Check(Moments.At(10, [-1, -2]));

        StoppingDecision decision = monitor.Check(Moments.At(20, [-2, -4]));

        Assert.That(decision, Is.EqualTo(StoppingDecision.Continue));
    }

    [Test]
    public void Deviation_WorkedByHand_HasAnAbsoluteDenominatorAndAFloor()
    {
        // |−2+1|/2 = 0.5; |0.001−0|/max(0.001, 0.01·2) = 0.05; a null player does not change: 0.
        Assert.That(HistoryDeviation.Deviation([-2, 0.001, 0], [-1, 0, 0], 0.01), Is.EqualTo(0.55 / 3).Within(1e-12));
    }

    [Test]
    public void AGameOfNothing_HasConverged()
    {
        StoppingMonitor monitor = new HistoryDeviation(0.05) { Updates = 10 }.Begin(Moments.Start(2));
        monitor.Check(Moments.At(10, [0, 0]));

        Assert.That(monitor.Check(Moments.At(20, [0, 0])), Is.EqualTo(StoppingDecision.Converged));
    }

    [Test]
    public void ACheckAfterFewSamples_IsNoAgreement()
    {
        StoppingMonitor monitor = new HistoryDeviation(0.05) { Updates = 10, Growth = 0.5 }.Begin(Moments.Start(1));
        monitor.Check(Moments.At(100, [1]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(monitor.Check(Moments.At(101, [1.001])), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(monitor.Check(Moments.At(149, [1.001])), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(monitor.Check(Moments.At(150, [1.001])), Is.EqualTo(StoppingDecision.Converged));
        }
    }

    [Test]
    public void Settings_Outside_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new HistoryDeviation(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new HistoryDeviation(0.1) { Updates = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new HistoryDeviation(0.1) { Growth = -1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new HistoryDeviation(0.1) { Floor = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }
}
