using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Tests.Statistics;

public sealed class IntervalTests
{
    // Tables of Student's t, two-sided.
    [TestCase(1, 0.95, 12.7062047)]
    [TestCase(4, 0.95, 2.7764451)]
    [TestCase(30, 0.99, 2.7499957)]
    [TestCase(2.5, 0.95, 3.5582)]
    [TestCase(1e12, 0.95, 1.9599640)]
    [TestCase(double.PositiveInfinity, 0.95, 1.9599640)]
    public void StudentT_OfOneUnitOfError_IsTheTables(double degrees, double level, double expected)
    {
        ValuationResult result = new([10], [1], [5]) { DegreesOfFreedom = [degrees] };

        Interval interval = result.Intervals(level)[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(interval.High - 10, Is.EqualTo(expected).Within(degrees == 2.5 ? 0.02 : 2e-7));
            Assert.That(10 - interval.Low, Is.EqualTo(interval.High - 10).Within(1e-12));
        }
    }

    [Test]
    public void Hoeffding_OfAnAccuracy_TakesMarginalsToSpanTwo()
    {
        // 50 samples of variance 0.01 of a utility in [0, 1]: R = 2, α = 0.05.
        ValuationResult result = Mean(0.1, 0.01, 50) with { Range = UtilityRange.Unit, SampleRange = 2 };

        Interval own = result.Intervals(0.95, IntervalMethod.Hoeffding)[0];
        Interval given = result.Intervals(0.95, new HoeffdingIntervals { SampleRange = 1 })[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(own.High - 0.1, Is.EqualTo(2 * Math.Sqrt(Math.Log(40) / 100)).Within(1e-12));
            Assert.That(given.Width, Is.EqualTo(own.Width / 2).Within(1e-12));
        }
    }

    [Test]
    public void EmpiricalBernstein_IsItsFormula_AndNarrowerThanHoeffdingForSmallVariances()
    {
        ValuationResult result = Mean(0.1, 1e-4, 10_000) with { Range = UtilityRange.Unit, SampleRange = 2 };

        Interval interval = result.Intervals(0.9, IntervalMethod.EmpiricalBernstein)[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(interval.High - 0.1, Is.EqualTo(Math.Sqrt(2e-4 * Math.Log(30) / 10_000) + (6 * Math.Log(30) / 10_000)).Within(1e-12));
            Assert.That(interval.Width, Is.LessThan(result.Intervals(0.9, IntervalMethod.Hoeffding)[0].Width));
        }
    }

    [Test]
    public void Simultaneous_Levels_SpreadAlphaOverThePlayers()
    {
        ValuationResult result = new([0, 0, 0, 0], [1, 1, 1, 1], [9, 9, 9, 9]) { DegreesOfFreedom = [8, 8, 8, 8] };
        double each = result.Intervals(1 - (0.05 / 4))[0].High;
        double independent = result.Intervals(Math.Pow(0.95, 0.25))[0].High;

        double bonferroni = result.Intervals(0.95, new StudentTIntervals { Simultaneous = SimultaneousLevel.Bonferroni })[0].High;
        double sidak = result.Intervals(0.95, new StudentTIntervals { Simultaneous = SimultaneousLevel.Sidak })[0].High;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bonferroni, Is.EqualTo(each).Within(1e-9));
            Assert.That(sidak, Is.EqualTo(independent).Within(1e-9));
            Assert.That(sidak, Is.LessThan(bonferroni));
        }
    }

    [Test]
    public async Task ExactValues_HaveIntervalsOfNoWidth_ByAnyMethod([Values(0, 1, 2, 3)] int method)
    {
        ValuationResult result = await new DataValuator().ValueAsync(new TableUtility("table", [0, 1, 2, 5]), new ValuationRecipe(new ExactEstimator()));

        IReadOnlyList<Interval> intervals = result.Intervals(0.99, Methods[method]);

        Assert.That(intervals, Is.EqualTo(result.Values.Select(value => new Interval(value, value))));
    }

    [Test]
    public void OneSample_SaysNothing([Values(0, 1, 2, 3)] int method)
    {
        ValuationResult result = new([0.5], [double.PositiveInfinity], [1]) { Variances = [double.NaN], DegreesOfFreedom = [0], Range = UtilityRange.Unit, SampleRange = 2, Samples = [[0.5]] };

        Assert.That(result.Intervals(0.95, Methods[method])[0], Is.EqualTo(Interval.Unknown));
    }

    [Test]
    public void APlayerWithoutAValue_HasNoInterval()
    {
        ValuationResult result = new([double.NaN], [double.PositiveInfinity], [0]);

        Assert.That(result.Intervals()[0].Low, Is.NaN);
    }

    [Test]
    public void WhatIsMissing_IsNamed()
    {
        ValuationResult mean = Mean(0.1, 0.01, 50);
        ValuationResult difference = mean with { Range = UtilityRange.Unit, SampleRange = 2, StandardErrors = [0.3] };
        ValuationResult without = new([1], [double.NaN], [5]);
        ValuationResult weighted = mean with { Samples = [[1], [2]] };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => mean.Intervals(0.95, IntervalMethod.Hoeffding), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnknownRange));
            Assert.That(() => (mean with { Range = UtilityRange.Unit }).Intervals(0.95, IntervalMethod.Hoeffding), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnknownRange));
            Assert.That(() => mean.Intervals(0.95, IntervalMethod.EmpiricalBernstein), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnknownRange));
            Assert.That(() => difference.Intervals(0.95, IntervalMethod.Hoeffding), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableIntervals));
            Assert.That(() => without.Intervals(), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableIntervals));
            Assert.That(() => mean.Intervals(0.95, IntervalMethod.Bootstrap), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.MissingSamples));
            Assert.That(() => weighted.Intervals(0.95, IntervalMethod.Bootstrap), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableIntervals));
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-0.5)]
    [TestCase(double.NaN)]
    public void ALevelOutside_IsRefused(double level) => Assert.That(() => new ValuationResult([1], [1], [5]).Intervals(level), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Settings_Outside_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new HoeffdingIntervals { SampleRange = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new EmpiricalBernsteinIntervals { SampleRange = double.NaN }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new BootstrapIntervals { Resamples = 99 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new BootstrapIntervals { Kind = (BootstrapKind)7 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new StudentTIntervals { Simultaneous = (SimultaneousLevel)7 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static readonly IntervalMethod[] Methods = [IntervalMethod.StudentT, IntervalMethod.Hoeffding, IntervalMethod.EmpiricalBernstein, IntervalMethod.Bootstrap];

    private static ValuationResult Mean(double value, double variance, long count) =>
        new([value], [Math.Sqrt(variance / count)], [count]) { Variances = [variance], DegreesOfFreedom = [count - 1] };
}
