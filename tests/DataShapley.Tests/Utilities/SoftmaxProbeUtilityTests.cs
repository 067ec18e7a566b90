using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Utilities;

namespace DataShapley.Tests.Utilities;

public sealed class SoftmaxProbeUtilityTests
{
    [Test]
    public void TheFit_IsWhereTheGradientIsZero_AndScoresAreThoseOfItsProbabilities([Values(2, 3, 5)] int classes, [Values(1, 3, 4, 11)] int dimension, [Values(0.01, 1, 30)] double ridge)
    {
        LabeledPoints train = ProbeData.Labeled(60, dimension, classes, 0);
        LabeledPoints test = ProbeData.Labeled(25, dimension, classes, 1);
        int[] members = [.. Enumerable.Range(0, 60).Where(i => i % 3 != 1)];
        SoftmaxFit fit = new(new FeatureMatrix(train.Features.Span, dimension), train.Labels.ToArray(), classes, ridge, 1e-8);

        double[] weights = fit.Fit(members, CancellationToken.None)!;

        int stride = (dimension + 4) / 4 * 4;
        double[][] vectors = classes == 2 ? [new double[stride], weights] : [.. weights.Chunk(stride)];
        double[][] gradient = [.. vectors.Select(vector => vector.Take(dimension + 1).Select(weight => ridge * weight).ToArray())];
        foreach (int member in members)
        {
            double[] probabilities = Probabilities(train, member, vectors);
            for (int c = 0; c < classes; c++)
            {
                double residual = probabilities[c] - (train.Labels.Span[member] == c ? 1 : 0);
                for (int j = 0; j <= dimension; j++)
                {
                    gradient[c][j] += residual * (j == dimension ? 1 : train.Features.Span[(member * dimension) + j]);
                }
            }
        }

        double[][] predictions = [.. Enumerable.Range(0, 25).Select(i => Probabilities(test, i, vectors))];
        int[] labels = test.Labels.ToArray();
        double[] hits = [.. predictions.Select((p, i) => Array.IndexOf(p, p.Max()) == labels[i] ? 1.0 : 0.0)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gradient[(classes == 2 ? 1 : 0)..].SelectMany(values => values), Has.All.EqualTo(0).Within(1e-8 * members.Length));
            Assert.That(Probe(ProbeScore.NegativeLogLoss).Evaluate(members), Is.EqualTo(predictions.Select((p, i) => Math.Log(p[labels[i]])).Average()).Within(1e-12));
            Assert.That(Probe(ProbeScore.Accuracy).Evaluate(members), Is.EqualTo(hits.Average()).Within(1e-15));
            Assert.That(
                Probe(ProbeScore.BalancedAccuracy).Evaluate(members),
                Is.EqualTo(labels.Distinct().Select(c => hits.Where((_, i) => labels[i] == c).Average()).Average()).Within(1e-14));
        }

        SoftmaxProbeUtility Probe(ProbeScore score) => new(train, test, new SoftmaxProbeOptions { Score = score, Ridge = ridge });
    }

    [Test]
    public void NobodyGuesses_AndOneClassIsPredicted([Values(2, 3)] int classes)
    {
        LabeledPoints train = ProbeData.Labeled(40, 2, classes, 0);
        LabeledPoints test = ProbeData.Labeled(30, 2, classes, 1);
        int[] ones = [.. Enumerable.Range(0, 40).Where(i => train.Labels.Span[i] == 1)];
        SoftmaxProbeUtility accuracy = new(train, test, new SoftmaxProbeOptions { Ridge = 1000 });
        SoftmaxProbeUtility logLoss = new(train, test, new SoftmaxProbeOptions { Score = ProbeScore.NegativeLogLoss });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(accuracy.Evaluate(), Is.EqualTo(1.0 / classes));
            Assert.That(logLoss.Evaluate(), Is.EqualTo(-Math.Log(classes)));
            Assert.That(new SoftmaxProbeUtility(train, test).Evaluate(ones), Is.EqualTo(test.Labels.ToArray().Count(label => label == 1) / 30.0).Within(0.1));
            Assert.That(logLoss.Evaluate(ones), Is.Negative.And.Not.EqualTo(double.NegativeInfinity), "classes that are absent keep a probability");
        }
    }

    [Test]
    public async Task AValue_DoesNotDependOnTheBatchOrTheThread()
    {
        SoftmaxProbeUtility utility = new(ProbeData.Labeled(50, 6, 3, 0), ProbeData.Labeled(20, 6, 3, 1), new SoftmaxProbeOptions { Score = ProbeScore.NegativeLogLoss });
        UtilityRequest[] requests = [.. Enumerable.Range(0, 20).Select(i => new UtilityRequest(new RandomStreams(1, "coalitions").At(i).NextBernoulli(50, 0.5), 0, (ulong)i))];

        IReadOnlyList<double> together = await utility.EvaluateAsync(requests);
        double[] apart = new double[requests.Length];
        Parallel.For(0, requests.Length, i => apart[i] = utility.Evaluate(requests[i].Coalition.ToArray()));

        Assert.That(apart, Is.EqualTo(together));
    }

    [Test]
    public void SeparableAndUnscaledPoints_AreFitted()
    {
        LabeledPoints points = new((float[])[-3000, -1000, 1000, 3000], 1, (int[])[0, 0, 1, 1]);

        Assert.That(new SoftmaxProbeUtility(points, points, new SoftmaxProbeOptions { Ridge = 1e-6 }).Evaluate(0, 1, 2, 3), Is.EqualTo(1));
    }

    [Test]
    public void TheId_FollowsDataAndSettings()
    {
        LabeledPoints train = ProbeData.Labeled(10, 2, 2, 0);
        LabeledPoints test = ProbeData.Labeled(10, 2, 2, 1);
        string[] ids =
        [
            new SoftmaxProbeUtility(train, test).Id, new SoftmaxProbeUtility(test, train).Id, new SoftmaxProbeUtility(train, test, new SoftmaxProbeOptions { Ridge = 2 }).Id,
            new SoftmaxProbeUtility(train, test, new SoftmaxProbeOptions { Score = ProbeScore.BalancedAccuracy }).Id, new SoftmaxProbeUtility(train, ProbeData.Labeled(10, 2, 2, 2)).Id,
            new KnnUtility(train, test).Id, new KnnUtility(train, test, 3).Id,
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids, Is.Unique);
            Assert.That(new SoftmaxProbeUtility(ProbeData.Labeled(10, 2, 2, 0), test, new SoftmaxProbeOptions()).Id, Is.EqualTo(ids[0]));
        }
    }

    [Test]
    public void PointsThatAreNone_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new LabeledPoints(new float[5], 2, new int[2]), Throws.ArgumentException);
            Assert.That(() => new LabeledPoints(Array.Empty<float>(), 2, Array.Empty<int>()), Throws.ArgumentException);
            Assert.That(() => new LabeledPoints(new[] { 0, float.NaN }, 1, new int[2]), Throws.ArgumentException.With.Message.Contains("point 1"));
            Assert.That(() => new LabeledPoints(new float[2], 1, new[] { 0, -1 }), Throws.ArgumentException.With.Message.Contains("Point 1"));
            Assert.That(() => new SoftmaxProbeUtility(ProbeData.Labeled(4, 2, 2, 0), ProbeData.Labeled(4, 3, 2, 0)), Throws.ArgumentException);
            Assert.That(() => new SoftmaxProbeUtility(ProbeData.Labeled(4, 2048, 2, 0), ProbeData.Labeled(4, 2048, 2, 0)), Throws.ArgumentException.With.Message.Contains("2048"));
            Assert.That(() => new SoftmaxProbeOptions { Ridge = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static double[] Probabilities(LabeledPoints points, int point, double[][] vectors)
    {
        double[] scores = [.. vectors.Select(vector => vector[points.Dimension] + Enumerable.Range(0, points.Dimension).Sum(j => vector[j] * points.Features.Span[(point * points.Dimension) + j]))];
        double[] powers = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
