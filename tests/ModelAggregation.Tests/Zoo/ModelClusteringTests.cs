using ModelAggregation.Zoo;

namespace ModelAggregation.Tests.Zoo;

public sealed class ModelClusteringTests
{
    // a and b are alike, b and c too, a and c less.
    private static readonly double[,] Chain = { { 1, 0.96, 0.9 }, { 0.96, 1, 0.97 }, { 0.9, 0.97, 1 } };

    [TestCase(ClusterLinkage.Leader)]
    [TestCase(ClusterLinkage.Average)]
    [TestCase(ClusterLinkage.Complete)]
    public void ClearFamilies_AreFoundByAllRules(ClusterLinkage linkage)
    {
        SimilarityMatrix similarity = new(["a", "b", "c"], new double[,] { { 1, 0.96, 0.1 }, { 0.96, 1, 0.1 }, { 0.1, 0.1, 1 } });

        Assert.That(Names(similarity, linkage), Is.EqualTo((string[])["a b", "c"]));
    }

    [TestCase(ClusterLinkage.Leader)]
    [TestCase(ClusterLinkage.Average)]
    [TestCase(ClusterLinkage.Complete)]
    public void TheThreshold_HasToBeExceeded(ClusterLinkage linkage)
    {
        SimilarityMatrix similarity = new(["a", "b"], new double[,] { { 1, 0.95 }, { 0.95, 1 } });

        Assert.That(Names(similarity, linkage), Is.EqualTo((string[])["a", "b"]));
    }

    [TestCase(ClusterLinkage.Leader, "a b", "c")]
    [TestCase(ClusterLinkage.Average, "a", "b c")]
    [TestCase(ClusterLinkage.Complete, "a", "b c")]
    public void AChain_IsCutByItsRule(ClusterLinkage linkage, params string[] clusters) => Assert.That(Names(new SimilarityMatrix(["a", "b", "c"], Chain), linkage), Is.EqualTo(clusters));

    [Test]
    public void Average_JoinsWhatCompleteDoesNot()
    {
        SimilarityMatrix similarity = new(["a", "b", "c"], Chain);
        using (Assert.EnterMultipleScope())
        {
            // (0.96 + 0.9)/2 = 0.93
            Assert.That(Names(similarity, ClusterLinkage.Average, 0.92), Is.EqualTo((string[])["a b c"]));
            Assert.That(Names(similarity, ClusterLinkage.Complete, 0.92), Is.EqualTo((string[])["a", "b c"]));
        }
    }

    [Test]
    public void AModelJoins_TheFirstLeaderThatFits()
    {
        // c is more alike to b, but a comes first.
        SimilarityMatrix similarity = new(["a", "b", "c"], new double[,] { { 1, 0.5, 0.96 }, { 0.5, 1, 0.99 }, { 0.96, 0.99, 1 } });

        Assert.That(Names(similarity, ClusterLinkage.Leader), Is.EqualTo((string[])["a c", "b"]));
    }

    [TestCase(ClusterLinkage.Leader)]
    [TestCase(ClusterLinkage.Average)]
    [TestCase(ClusterLinkage.Complete)]
    public void WhatWasNotCompared_StaysApart(ClusterLinkage linkage)
    {
        SimilarityMatrix similarity = new(["a", "b"], new double[,] { { 1, double.NaN }, { double.NaN, 1 } });

        Assert.That(Names(similarity, linkage, -1), Is.EqualTo((string[])["a", "b"]));
    }

    [Test]
    public void AMatrix_IsSymmetric() =>
        Assert.That(() => new SimilarityMatrix(["a", "b"], new double[,] { { 1, 0.5 }, { 0.4, 1 } }), Throws.ArgumentException.With.Message.Contains("symmetric"));

    [TestCase(double.NaN)]
    [TestCase(1.01)]
    [TestCase(-1.01)]
    public void AThresholdThatIsNoCosine_IsRefused(double threshold) =>
        Assert.That(() => new ClusteringOptions { Threshold = threshold }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static string[] Names(SimilarityMatrix similarity, ClusterLinkage linkage, double threshold = 0.95) =>
        [.. ModelClustering.Cluster(similarity, new ClusteringOptions { Linkage = linkage, Threshold = threshold }).Select(cluster => string.Join(' ', cluster.Models))];
}
