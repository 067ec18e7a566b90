using DataShapley.Datasets;
using DataShapley.Utilities;
using MathNet.Numerics.LinearAlgebra;

namespace DataShapley.Tests.Utilities;

public sealed class LinearProbeUtilityTests
{
    [Test]
    public void Values_AreThoseOfCenteredRidgeRegression([Values(1, 3, 6)] int dimension, [Values(0.01, 10)] double ridge, [Values(1, 2, 40)] int size)
    {
        TargetPoints train = ProbeData.Targets(50, dimension, 0);
        TargetPoints test = ProbeData.Targets(20, dimension, 1);
        int[] members = [.. Enumerable.Range(5, size)];
        Matrix<double> x = Matrix<double>.Build.Dense(size, dimension, (i, j) => train.Features.Span[(members[i] * dimension) + j]);
        Vector<double> y = Vector<double>.Build.Dense(size, i => train.Targets.Span[members[i]]);
        Vector<double> means = x.ColumnSums() / size;
        Matrix<double> centered = x - Matrix<double>.Build.Dense(size, dimension, (_, j) => means[j]);
        double mean = y.Average();
        Vector<double> weights = ((centered.Transpose() * centered) + (ridge * Matrix<double>.Build.DenseIdentity(dimension))).Solve(centered.Transpose() * (y - mean));
        double[] targets = [.. test.Targets.ToArray()];
        double squares = targets.Select((target, i) =>
            Math.Pow(mean + Enumerable.Range(0, dimension).Sum(j => weights[j] * (test.Features.Span[(i * dimension) + j] - means[j])) - target, 2)).Sum();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new LinearProbeUtility(train, test, new LinearProbeOptions { Ridge = ridge }).Evaluate(members), Is.EqualTo(1 - (squares / targets.Sum(t => Math.Pow(t - targets.Average(), 2)))).Within(1e-9));
            Assert.That(
                new LinearProbeUtility(train, test, new LinearProbeOptions { Ridge = ridge, Score = RegressionScore.NegativeMeanSquaredError }).Evaluate(members),
                Is.EqualTo(-squares / 20).Within(1e-9 * (1 + (squares / 20))));
        }
    }

    [Test]
    public void Nobody_PredictsZero()
    {
        TargetPoints points = new(new float[] { 1, 2 }, 1, new float[] { 1, 3 });
        LinearProbeOptions squares = new() { Score = RegressionScore.NegativeMeanSquaredError };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new LinearProbeUtility(points, points, squares).Evaluate(), Is.EqualTo(-5));
            Assert.That(new LinearProbeUtility(points, points).Evaluate(), Is.EqualTo(-4));
            Assert.That(new LinearProbeUtility(points, points, squares).Evaluate(0), Is.EqualTo(-2).Within(1e-12), "one point predicts its own target");
        }
    }

    [Test]
    public void OneTarget_HasNoDetermination()
    {
        TargetPoints points = new(new float[] { 1, 2 }, 1, new float[] { 3, 3 });

        Assert.That(() => new LinearProbeUtility(points, points), Throws.ArgumentException);
    }
}
