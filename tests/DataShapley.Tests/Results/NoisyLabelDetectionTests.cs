using DataShapley.Results;
using ModelSdk.Testing;

namespace DataShapley.Tests.Results;

/// <summary>Corrupted data found by low values.</summary>
public sealed class NoisyLabelDetectionTests
{
    // By hand: flagged are 0, 1, 2, of which 0 and 2 are corrupted; 4 is missed. Ascending: 0 (bad), 1, 2 (bad), 3, 4 (bad), 5.
    [Test]
    public void Of_ASmallCase_IsThatByHand()
    {
        NoisyLabelDetection detection = NoisyLabelDetection.Of([-3, -2.9, -2.8, 3, 3.1, 3.2], [4, 0, 2]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(detection.Split.Low, Is.EqualTo([0, 1, 2]));
            Assert.That(detection.Precision, Is.EqualTo(2.0 / 3));
            Assert.That(detection.Recall, Is.EqualTo(2.0 / 3));
            Assert.That(detection.F1, Is.EqualTo(2.0 / 3).Within(1e-15));
            Assert.That(detection.RocArea, Is.EqualTo(6.0 / 9).Within(1e-15));
            Assert.That(detection.AveragePrecision, Is.EqualTo((1 + (2.0 / 3) + (3.0 / 5)) / 3).Within(1e-15));
        }
    }

    [Test]
    public void Of_PerfectValues_IsPerfect()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i < 30 ? -1 - (i * 0.001) : 1 + (i * 0.001))];
        NoisyLabelDetection detection = NoisyLabelDetection.Of(values, [.. Enumerable.Range(0, 30)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { detection.Precision, detection.Recall, detection.F1, detection.RocArea, detection.AveragePrecision }, Is.All.EqualTo(1).Within(1e-14));
            Assert.That(detection.Curve, Has.Count.EqualTo(21));
            Assert.That(detection.Curve.Select(point => point.Found), Is.EqualTo(detection.Curve.Select(point => point.Optimal)));
            Assert.That(detection.DiscoveryArea, Is.EqualTo(0.85).Within(1e-14).And.EqualTo(detection.OptimalArea));
        }
    }

    [TestCase(0.5)]
    [TestCase(double.NaN)]
    public void Of_EqualValues_IsRandom(double value)
    {
        double[] values = new double[40];
        Array.Fill(values, value);
        NoisyLabelDetection detection = NoisyLabelDetection.Of(values, [0, 1, 2, 3]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(detection.RocArea, Is.EqualTo(0.5));
            Assert.That(detection.AveragePrecision, Is.EqualTo(0.1).Within(1e-15));
            Assert.That(detection.Curve.Select(point => point.Found), Is.EqualTo(detection.Curve.Select(point => point.Random)).Within(1e-15));
            Assert.That(detection.DiscoveryArea, Is.EqualTo(0.5).Within(1e-14));
            Assert.That(detection.F1, Is.Zero);
            Assert.That(detection.Precision, Is.NaN);
        }
    }

    [Test]
    public void Of_ManyLists_IsTheNaiveReference([Range(2, 60, 7)] int count, [Values(3, 100)] int distinct)
    {
        Random random = new(count + distinct);
        double[] values = [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(distinct))];
        int[] corrupted = [.. Enumerable.Range(0, count).Where(i => i == 0 || (i > 1 && random.Next(3) == 0))];
        int[] clean = [.. Enumerable.Range(0, count).Except(corrupted)];
        double area = corrupted.SelectMany(_ => clean, (bad, good) => values[bad] < values[good] ? 1 : values[bad] == values[good] ? 0.5 : 0).Average();
        double precision = values.Distinct().Sum(threshold =>
        {
            int inspected = values.Count(value => value <= threshold);
            return (double)corrupted.Count(i => values[i] == threshold) / corrupted.Length * corrupted.Count(i => values[i] <= threshold) / inspected;
        });
        NoisyLabelDetection detection = NoisyLabelDetection.Of(values, corrupted);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(detection.RocArea, Is.EqualTo(area).Within(1e-14));
            Assert.That(detection.AveragePrecision, Is.EqualTo(precision).Within(1e-14));
            Assert.That(detection.Curve.Select(point => point.Found), Is.Ordered);
            Assert.That(detection.Curve[0].Found, Is.Zero);
            Assert.That(detection.Curve[^1].Found, Is.EqualTo(1));
        }
    }

    [Test]
    public void Of_WhatIsNoTest_IsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => NoisyLabelDetection.Of([1, 2], []), Throws.ArgumentException);
            Assert.That(() => NoisyLabelDetection.Of([1, 2], [0, 1]), Throws.ArgumentException);
            Assert.That(() => NoisyLabelDetection.Of([1, 2, 3], [0, 0]), Throws.ArgumentException);
            Assert.That(() => NoisyLabelDetection.Of([1, 2], [2]), Throws.ArgumentException);
        }
    }

    [Test]
    public void Save_WritesTheCurve()
    {
        using TestFolder folder = new();
        NoisyLabelDetection.Of([1, 2, 3, 4], [0]).Save(folder["curve.csv"]);
        string[] lines = File.ReadAllLines(folder["curve.csv"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[0], Is.EqualTo("inspected,found,optimal,random"));
            Assert.That(lines[1], Is.EqualTo("0,0,0,0"));
            Assert.That(lines[2], Is.EqualTo("0.25,1,1,0.25"));
            Assert.That(lines, Has.Length.EqualTo(22));
        }
    }
}
