using ModelRuntime.Training.Schedules;

namespace ModelRuntime.Tests.Training;

/// <summary>Schedules by hand, as Hugging Face transformers defines them.</summary>
public sealed class LearningRateScheduleTests
{
    private static readonly double HalfRoot = Math.Sqrt(2) / 2;

    [Test]
    public void Constant_AfterItsWarmup_StaysAtThePeak() =>
        Assert.That(Factors(new ConstantSchedule { WarmupSteps = 4 }, 7), Is.EqualTo([0, 0.25, 0.5, 0.75, 1, 1, 1]));

    [Test]
    public void Linear_AfterItsWarmup_GoesTowardsZero() =>
        Assert.That(Factors(new LinearSchedule { WarmupSteps = 2 }, 6), Is.EqualTo([0, 0.5, 1, 0.75, 0.5, 0.25]));

    [Test]
    public void Cosine_WithoutWarmup_IsHalfACosine() =>
        Assert.That(Factors(new CosineSchedule(), 4), Is.EqualTo([1, (1 + HalfRoot) / 2, 0.5, (1 - HalfRoot) / 2]).Within(1e-15));

    [Test]
    public void Cosine_ToAMinimum_IsSqueezedAboveIt() =>
        Assert.That(Factors(new CosineSchedule { MinimumFactor = 0.2 }, 4)[2], Is.EqualTo(0.2 + (0.8 * 0.5)).Within(1e-15));

    [Test]
    public void Warmup_OfARatio_RoundsUp() =>
        Assert.That(Factors(new ConstantSchedule { WarmupRatio = 0.3 }, 5), Is.EqualTo([0, 0.5, 1, 1, 1]));

    [Test]
    public void Warmup_OfStepsAndARatio_TakesTheSteps() =>
        Assert.That(Factors(new ConstantSchedule { WarmupSteps = 1, WarmupRatio = 1 }, 3), Is.EqualTo([0, 1, 1]));

    [Test]
    public void Warmup_LongerThanTheTraining_NeverReachesThePeak() =>
        Assert.That(Factors(new CosineSchedule { WarmupSteps = 8 }, 3), Is.EqualTo([0, 0.125, 0.25]));

    [TestCase(-1)]
    [TestCase(5)]
    public void FactorOf_NoStep_Throws(int step) =>
        Assert.That(() => new ConstantSchedule().FactorOf(step, 5), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Settings_OutsideOfTheirRanges_Throw()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new LinearSchedule { WarmupSteps = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new LinearSchedule { WarmupRatio = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CosineSchedule { MinimumFactor = 1.5 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static double[] Factors(LearningRateSchedule schedule, int steps) => [.. Enumerable.Range(0, steps).Select(step => schedule.FactorOf(step, steps))];
}
