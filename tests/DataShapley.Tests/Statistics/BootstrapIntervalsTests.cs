using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Tests.Statistics;

public sealed class BootstrapIntervalsTests
{
    private static readonly BootstrapIntervals Percentile = new() { Kind = BootstrapKind.Percentile };

    [Test]
    public void TheBootstrap_OfManyNormalSamples_IsStudents([Values] BootstrapKind kind)
    {
        // 400 normal samples: both intervals have the same width but for what 2,000 resamples leave, some 4 % of a quantile's distance.
        ValuationResult result = Of([.. Enumerable.Range(0, 400).Select(i => new[] { Gaussian(i) })]);

        Interval student = result.Intervals()[0];
        Interval bootstrap = result.Intervals(0.95, new BootstrapIntervals { Kind = kind })[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bootstrap.Width, Is.EqualTo(student.Width).Within(10).Percent);
            Assert.That(bootstrap.Low, Is.EqualTo(student.Low).Within(student.Width / 10));
        }
    }

    [Test]
    public void BiasCorrection_OfSkewedSamples_MovesTheIntervalToTheLongTail()
    {
        ValuationResult result = Of([.. Enumerable.Range(0, 40).Select(i => new[] { Math.Exp(1.5 * Gaussian(i)) })]);

        Interval plain = result.Intervals(0.95, Percentile)[0];
        Interval corrected = result.Intervals(0.95, IntervalMethod.Bootstrap)[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(corrected.Low, Is.GreaterThan(plain.Low));
            Assert.That(corrected.High, Is.GreaterThan(plain.High));
        }
    }

    [Test]
    public void TheBootstrap_OfSkewedSamples_CoversAboutAsOftenAsItSays()
    {
        // Exponential samples, 30 a run, mean 1; the Binomial(400, 0.9) has a deviation of 6.
        int covered = 0;
        for (int run = 0; run < 400; run++)
        {
            RandomSequence random = new RandomStreams(17, "skewed").At(run);
            ValuationResult result = Of([.. Enumerable.Range(0, 30).Select(_ => new[] { -Math.Log(1 - random.NextDouble()) })]);
            covered += result.Intervals(0.9, new BootstrapIntervals { Resamples = 400 })[0].Contains(1) ? 1 : 0;
        }

        Assert.That(covered, Is.InRange(360 - 30, 360 + 24));
    }

    [Test]
    public void OneSeed_GivesTheSameIntervals_AndPlayersDoNotDependOnOthers()
    {
        double[][] rows = [.. Enumerable.Range(0, 50).Select(i => Enumerable.Range(0, 130).Select(p => Gaussian((p * 50) + i)).ToArray())];
        ValuationResult all = Of(rows);
        IReadOnlyList<Interval> first = all.Intervals(0.95, Percentile);
        ValuationResult last = Of([.. rows.Select(row => new[] { row[129] })]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.Intervals(0.95, Percentile), Is.EqualTo(first));
            Assert.That(all.Intervals(0.95, Percentile)[129], Is.EqualTo(last.Intervals(0.95, Percentile)[0]));
            Assert.That(all.Intervals(0.95, Percentile with { Seed = 1 })[0], Is.Not.EqualTo(all.Intervals(0.95, Percentile)[0]));
        }
    }

    [Test]
    public void Draws_ThatWereLeftOut_AreNotCounted()
    {
        ValuationResult result = Of([.. Enumerable.Range(0, 40).Select(i => new[] { i % 4 == 0 ? double.NaN : Gaussian(i) })]);

        Interval interval = result.Intervals(0.95, IntervalMethod.Bootstrap)[0];

        Assert.That(interval.Contains(result.Values[0]), Is.True);
    }

    [Test]
    public void ConstantSamples_HaveAnIntervalOfNoWidth([Values] BootstrapKind kind)
    {
        double[][] rows = [.. Enumerable.Range(0, 20).Select(_ => new double[1])];
        foreach (double[] row in rows)
        {
            row[0] = 0.25;
        }

        ValuationResult result = Of(rows);

        Assert.That(result.Intervals(0.95, new BootstrapIntervals { Kind = kind })[0], Is.EqualTo(new Interval(0.25, 0.25)));
    }

    private static double Gaussian(int index) => new RandomStreams(3, "samples").At(index).NextGaussian();

    private static ValuationResult Of(double[][] rows)
    {
        PlayerMoments moments = new(rows[0].Length);
        foreach (double[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                moments.Add(i, row[i]);
            }
        }

        Estimate estimate = moments.ToEstimate();
        return new ValuationResult(estimate.Values, estimate.StandardErrors, estimate.Counts) { Variances = estimate.Variances, DegreesOfFreedom = estimate.DegreesOfFreedom, Samples = rows };
    }
}
