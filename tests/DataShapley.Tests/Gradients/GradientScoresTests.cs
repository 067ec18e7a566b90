using DataShapley.Clustering;
using DataShapley.Games;
using DataShapley.Gradients;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Tests.Gradients;

public sealed class GradientScoresTests
{
    [Test]
    public void TracIn_OfTwoCheckpoints_SumsWeightedMeanProducts()
    {
        GradientCheckpoint first = new(Rows(2, 1, 0, 0, 2), Rows(2, 1, 1, 3, 1)) { Weight = 0.5 };
        GradientCheckpoint second = new(Rows(2, 1, 1, -1, 0), Rows(2, 2, 0, 0, 2));

        // Mean validation gradients are (2, 1) and (1, 1).
        Assert.That(GradientScores.TracIn([first, second]), Is.EqualTo((double[])[(0.5 * 2) + 2, (0.5 * 2) - 1]).Within(1e-15));
    }

    [Test]
    public void Cosine_DoesNotSeeLengths_AndZerosHaveNone()
    {
        GradientCheckpoint one = new(Rows(2, 10, 0, 0.1f, 0, 0, 0, -1, 1), Rows(2, 5, 0, 0, 7));

        Assert.That(GradientScores.Cosine([one]), Is.EqualTo((double[])[0.5, 0.5, 0, 0]).Within(1e-15));
    }

    [Test]
    public void Less_TakesTheBestSubtask_WhereTheMeanWouldHideIt()
    {
        GradientCheckpoint one = new(Rows(2, 1, 0, 0, 1), Rows(2, 1, 0, 1, 0, 1, 0, 0, 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(GradientScores.Less([one], [7, 7, 7, 3]), Is.EqualTo((double[])[1, 1]).Within(1e-15));
            Assert.That(GradientScores.Cosine([one]), Is.EqualTo((double[])[0.75, 0.25]).Within(1e-15));
        }
    }

    [Test]
    public void Trak_OfOrthogonalGradients_DividesBySquaredLengths()
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        GradientCheckpoint model = new(Rows(2, 2, 0, 0, 4), Rows(2, 1, 1));
        TrakScores trak = new(device) { Ridge = 0 };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(trak.Compute([model]), Is.EqualTo((double[])[0.5, 0.25]).Within(1e-14));
            Assert.That(trak.Compute([model, model], [[0.5, 1], [0, 1]]), Is.EqualTo((double[])[0.5 * 0.75, 0]).Within(1e-14));
        }
    }

    [Test]
    public void Trak_OfDependentGradients_SolvesWithTheRidge_AndRefusesWithout()
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        GradientCheckpoint model = new(Rows(2, 1, 1), Rows(2, 1, 1));

        // (J + λI)⁻¹ (1, 1) = (1, 1) / (2 + λ) for the matrix J of ones.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new TrakScores(device) { Ridge = 0.5 }.Compute([model]), Is.EqualTo((double[])[2 / 2.5]).Within(1e-14));
            Assert.That(() => new TrakScores(device) { Ridge = 0 }.Compute([model]), Throws.ArgumentException.With.Message.Contains("raise the ridge"));
        }
    }

    [Test]
    public void RandomProjection_KeepsInnerProducts_AndPartsAddUp()
    {
        RandomSequence random = new RandomStreams(1, "test").At(0);
        float[] gradient = [.. Enumerable.Range(0, 500).Select(_ => (float)random.NextGaussian())];
        RandomProjection projection = new(2048, seed: 5);
        double[] whole = new double[2048];
        double[] parts = new double[2048];
        projection.Add(gradient, whole);
        projection.Add(gradient.AsSpan(0, 123), parts);
        projection.Add(gradient.AsSpan(123), parts, offset: 123);
        double norm = gradient.Sum(value => (double)value * value);

        // The squared length is right in expectation, with a relative deviation of √(2/k).
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parts, Is.EqualTo(whole));
            Assert.That(whole.Sum(value => value * value) / norm, Is.EqualTo(1).Within(4 * Math.Sqrt(2.0 / 2048)));
        }
    }

    [Test]
    public void Checkpoints_ThatDoNotFit_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new GradientCheckpoint(Rows(2, 1, 1), Rows(1, 1)), Throws.ArgumentException);
            Assert.That(() => GradientScores.TracIn([]), Throws.ArgumentException);
            Assert.That(() => GradientScores.TracIn([new(Rows(1, 1), Rows(1, 1)), new(Rows(1, 1, 2), Rows(1, 1))]), Throws.ArgumentException);
            Assert.That(() => GradientScores.Less([new(Rows(1, 1), Rows(1, 1))], [1, 2]), Throws.ArgumentException);
        }
    }

    private static EmbeddingRows Rows(int dimension, params float[] values) => EmbeddingRows.Of(values, dimension);
}
