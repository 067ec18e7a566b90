using DataShapley.Clustering;
using DataShapley.Games;
using DataShapley.Transport;

namespace DataShapley.Tests.Transport;

public sealed class LavaScoresTests
{
    [Test]
    public void Potentials_OfTwoByTwo_GiveThePlanOfTheClosedForm()
    {
        // For costs 0 on the diagonal and c beside it the plan is symmetric: p = 1 / (2 (1 + e^(−c/ε))) on the diagonal.
        const double Cost = 1.5;
        const double Regularization = 0.4;
        (double[] f, double[] g, bool isConverged) = Sinkhorn.Solve(new double[,] { { 0, Cost }, { Cost, 0 } }, Regularization, 1000, 1e-12, CancellationToken.None);
        double diagonal = Math.Exp((f[0] + g[0]) / Regularization) / 4;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isConverged);
            Assert.That(diagonal, Is.EqualTo(0.5 / (1 + Math.Exp(-Cost / Regularization))).Within(1e-12));
        }
    }

    [Test]
    public void FlippedLabels_GetTheLowestScores()
    {
        RandomSequence random = new RandomStreams(3, "lava").At(0);
        (float[] training, int[] labels) = Blobs(random, 40);
        (float[] validation, int[] validationLabels) = Blobs(random, 30);
        int[] flipped = [3, 8, 17, 24];
        foreach (int point in flipped)
        {
            labels[point] = 1 - labels[point];
        }

        (double[] scores, bool isConverged) = LavaScores.Compute(EmbeddingRows.Of(training, 2), labels, EmbeddingRows.Of(validation, 2), validationLabels);
        int[] lowest = [.. Enumerable.Range(0, scores.Length).OrderBy(i => scores[i]).Take(flipped.Length).Order()];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isConverged);
            Assert.That(lowest, Is.EqualTo(flipped));
        }
    }

    [Test]
    public void ThePointsOfTheValidationSet_AreAllAlike()
    {
        (double[] scores, _) = LavaScores.Compute(EmbeddingRows.Of(new float[] { 1, 1, 1 }, 1), [0, 0, 0], EmbeddingRows.Of(new float[] { 1, 1 }, 1), [0, 0]);
        Assert.That(scores, Is.All.EqualTo(0.0).Within(1e-12));
    }

    [Test]
    public void NumbersThatDoNotFit_AreRefused()
    {
        EmbeddingRows one = EmbeddingRows.Of(new float[] { 1 }, 1);
        EmbeddingRows two = EmbeddingRows.Of(new float[] { 1, 2 }, 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => LavaScores.Compute(one, [0], two, [0, 1]), Throws.ArgumentException);
            Assert.That(() => LavaScores.Compute(two, [0], two, [0, 1]), Throws.ArgumentException);
            Assert.That(() => LavaScores.Compute(two, [0, 1], EmbeddingRows.Of(new float[] { 1, 2 }, 2), [0]), Throws.ArgumentException);
        }
    }

    private static (float[] Features, int[] Labels) Blobs(RandomSequence random, int count)
    {
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % 2)];
        float[] features = [.. labels.SelectMany(label => new[] { (float)((label * 6) + random.NextGaussian()), (float)random.NextGaussian() })];
        return (features, labels);
    }
}
