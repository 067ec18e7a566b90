using DataShapley.Datasets;
using DataShapley.Datasets.Synthetic;

namespace DataShapley.Tests.Datasets.Synthetic;

/// <summary>Data made up, and spoiled.</summary>
public sealed class SyntheticTests
{
    [Test]
    public void Make_IsAFunctionOfItsOptions_AndMorePointsKeepTheFirst()
    {
        LabeledPoints points = Blobs.Make(new BlobOptions { Count = 50, Dimension = 3, ClassCount = 4, Seed = 1 });
        LabeledPoints more = Blobs.Make(new BlobOptions { Count = 80, Dimension = 3, ClassCount = 4, Seed = 1 });
        LabeledPoints other = Blobs.Make(new BlobOptions { Count = 50, Dimension = 3, ClassCount = 4, Seed = 2 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(more.Features[..150].ToArray(), Is.EqualTo(points.Features.ToArray()));
            Assert.That(other.Features.ToArray(), Is.Not.EqualTo(points.Features.ToArray()));
            Assert.That(points.Labels.ToArray().CountBy(label => label).Select(pair => pair.Value), Is.EquivalentTo([13, 13, 12, 12]));
        }
    }

    // Of 4,000 normal numbers the mean lies within 5/√4000 and the deviation within 5/√8000 of the true ones, but for one in a million seeds.
    [Test]
    public void Make_ScattersNormallyAboutItsCentres()
    {
        LabeledPoints points = Blobs.Make(new BlobOptions { Count = 4000, Dimension = 1, ClassCount = 1, CentreRange = 0, Deviation = 2 });
        double mean = points.Features.ToArray().Average();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mean, Is.Zero.Within(2 * 5 / Math.Sqrt(4000)));
            Assert.That(Math.Sqrt(points.Features.ToArray().Average(x => (x - mean) * (x - mean))), Is.EqualTo(2).Within(2 * 5 / Math.Sqrt(8000)));
        }
    }

    [Test]
    public void FlipLabels_ChangesThoseAndNoOthers([Values(2, 3, 5)] int classes, [Values(0, 0.1, 1)] double share)
    {
        LabeledPoints points = Blobs.Make(new BlobOptions { Count = 100, ClassCount = classes });
        int[] before = points.Labels.ToArray();
        CorruptedPoints flipped = NoiseInjection.FlipLabels(points, share, seed: 3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(flipped.Corrupted, Has.Count.EqualTo((int)(100 * share)));
            Assert.That(Enumerable.Range(0, 100).Where(i => flipped.Points.Labels.Span[i] != before[i]), Is.EqualTo(flipped.Corrupted));
            Assert.That(flipped.Points.Labels.ToArray(), Is.All.InRange(0, classes - 1));
            Assert.That(points.Labels.ToArray(), Is.EqualTo(before));
            Assert.That(NoiseInjection.FlipLabels(points, share, seed: 3).Points.Labels.ToArray(), Is.EqualTo(flipped.Points.Labels.ToArray()));
        }
    }

    [Test]
    public void AddFeatureNoise_ChangesThoseByTheDeviationOfTheirFeature()
    {
        LabeledPoints points = new((float[])[.. Enumerable.Range(0, 4000).Select(i => i % 2 == 0 ? i % 4 == 0 ? 100f : -100f : 7f)], 2, new int[2000]);
        CorruptedPoints noisy = NoiseInjection.AddFeatureNoise(points, 0.5, scale: 0.1, seed: 1);
        double[] noise = [.. noisy.Corrupted.Select(i => (double)noisy.Points.Row(i)[0] - points.Row(i)[0])];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(noise, Has.Length.EqualTo(1000));
            Assert.That(Math.Sqrt(noise.Average(x => x * x)), Is.EqualTo(10).Within(10 * 5 / Math.Sqrt(2000)));
            Assert.That(noisy.Corrupted.Select(i => noisy.Points.Row(i)[1]), Is.All.EqualTo(7f));
            Assert.That(Enumerable.Range(0, 2000).Where(i => noisy.Points.Row(i)[0] != points.Row(i)[0]), Is.EqualTo(noisy.Corrupted));
        }
    }

    [Test]
    public void Options_OutsideTheirRanges_AreRefused()
    {
        LabeledPoints points = Blobs.Make(new BlobOptions { Count = 4, ClassCount = 1 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new BlobOptions { Count = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new BlobOptions { Deviation = double.NaN }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Blobs.Make(new BlobOptions { Count = int.MaxValue }), Throws.ArgumentException);
            Assert.That(() => NoiseInjection.FlipLabels(points, 0.5), Throws.ArgumentException);
            Assert.That(() => NoiseInjection.FlipLabels(points, double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => NoiseInjection.AddFeatureNoise(points, 0.5, -1), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }
}
