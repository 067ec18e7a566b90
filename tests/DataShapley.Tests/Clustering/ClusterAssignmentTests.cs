using DataShapley.Clustering;

namespace DataShapley.Tests.Clustering;

public sealed class ClusterAssignmentTests
{
    [Test]
    public void FromLabels_AnyPartition_HasMeansAndDistances()
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 0, 0, 6, 8, 3, 1, 3, 3 }, 2);

        ClusterAssignment found = ClusterAssignment.FromLabels(rows, [1, 1, 0, 0]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Clusters, Is.EqualTo(2));
            Assert.That(found.RequestedClusters, Is.EqualTo(2));
            Assert.That(found.Records, Is.EqualTo(4));
            Assert.That(found.Centroid(0).ToArray(), Is.EqualTo<double[]>([3, 2]));
            Assert.That(found.Centroid(1).ToArray(), Is.EqualTo<double[]>([3, 4]));
            Assert.That(found.Distances.ToArray(), Is.EqualTo<double[]>([5, 5, 1, 1]));
            Assert.That(found.Inertia, Is.EqualTo(52));
            Assert.That(found.Members(1).ToArray(), Is.EqualTo<int[]>([0, 1]));
            Assert.That(found.Size(0), Is.EqualTo(2));
            Assert.That(found.HasConverged, Is.True);
        }
    }

    [TestCase(new[] { 0, 1, 2 }, "3 labels for 4")]
    [TestCase(new[] { 0, -1, 1, 1 }, "record 1 is -1")]
    [TestCase(new[] { 0, 4, 1, 1 }, "record 1 is 4")]
    [TestCase(new[] { 0, 2, 0, 2 }, "Label 1 has no record")]
    public void FromLabels_NoPartition_IsRefused(int[] labels, string expected)
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[4], 1);

        Assert.That(() => ClusterAssignment.FromLabels(rows, labels), Throws.ArgumentException.With.Message.Contains(expected));
    }

    [TestCase(-1)]
    [TestCase(1)]
    public void Members_NoSuchCluster_IsRefused(int cluster)
    {
        ClusterAssignment assignment = ClusterAssignment.FromLabels(EmbeddingRows.Of(new float[4], 1), [0, 0, 0, 0]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => assignment.Members(cluster).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assignment.Centroid(cluster).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => assignment.Size(cluster), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}
