using DataShapley.Clustering;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Tests.Clustering;

public sealed class AgglomerativeClusteringTests
{
    [Test]
    public void Cluster_RandomRows_IsThatOfTheDefinition([Values] Linkage linkage, [Values(1, 2, 5, 13, 40)] int clusters, [Values(1, 2)] int seed)
    {
        EmbeddingRows rows = SampleRows.Blobs(45, 3, 6, 0.6f, seed);
        using CpuDevice device = new();

        ClusterAssignment found = new AgglomerativeClustering(device, new AgglomerativeOptions { Clusters = clusters, Linkage = linkage }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(SampleRows.AreSame(found.Labels.Span, ReferenceAgglomeration.Run(rows, clusters, linkage)), Is.True);
            Assert.That(found.Clusters, Is.EqualTo(clusters));
        }
    }

    [Test]
    public void Cluster_FourPointsByHand_JoinsTheNearPairs([Values] Linkage linkage)
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 10, 0, 11, 1 }, 1);
        using CpuDevice device = new();

        ClusterAssignment found = new AgglomerativeClustering(device, new AgglomerativeOptions { Clusters = 2, Linkage = linkage }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.EqualTo<int[]>([0, 1, 0, 1]));
            Assert.That(found.Centroid(0)[0], Is.EqualTo(10.5));
            Assert.That(found.Inertia, Is.EqualTo(1));
        }
    }

    [Test]
    public void Cluster_MoreClustersThanRows_ReducesAndReports([Values] Linkage linkage)
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 1, 1, 2 }, 1);
        using CpuDevice device = new();

        ClusterAssignment found = new AgglomerativeClustering(device, new AgglomerativeOptions { Clusters = 9, Linkage = linkage }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Clusters, Is.EqualTo(3));
            Assert.That(found.RequestedClusters, Is.EqualTo(9));
        }
    }

    [Test]
    public void Cluster_EqualRows_AreJoinedFirst([Values] Linkage linkage)
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 5, 1, 5, 2, 1, 5 }, 1);
        using CpuDevice device = new();

        ClusterAssignment found = new AgglomerativeClustering(device, new AgglomerativeOptions { Clusters = 3, Linkage = linkage }).Cluster(rows);

        Assert.That(found.Labels.ToArray(), Is.EqualTo<int[]>([0, 1, 0, 2, 1, 0]));
    }

    [Test]
    public void Cluster_MoreRowsThanAllowed_AdvisesMicroClusters()
    {
        EmbeddingRows rows = SampleRows.Blobs(101, 2, 4, 0.1f, seed: 1);
        using CpuDevice device = new();
        AgglomerativeOptions options = new() { Clusters = 4, MaximumRows = 100 };

        TooManyRowsException? error = Assert.Throws<TooManyRowsException>(() => new AgglomerativeClustering(device, options).Cluster(rows));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Rows, Is.EqualTo(101));
            Assert.That(error.Maximum, Is.EqualTo(100));
            Assert.That(error.Message, Does.Contain("MicroClusters"));
            Assert.That(() => new AgglomerativeClustering(device, options with { MicroClusters = 101 }).Cluster(rows), Throws.InstanceOf<TooManyRowsException>());
        }
    }

    [Test]
    public void Cluster_MicroClusters_FindsSeparateGroups([Values] Linkage linkage)
    {
        EmbeddingRows rows = SampleRows.Blobs(900, 12, 9, 0.05f, seed: 3);
        using CpuDevice device = new();
        AgglomerativeOptions options = new() { Clusters = 9, MaximumRows = 100, MicroClusters = 60, Linkage = linkage };

        ClusterAssignment found = new AgglomerativeClustering(device, options).Cluster(rows);

        int[] truth = [.. Enumerable.Range(0, 900).Select(row => row % 9)];
        Assert.That(SampleRows.AreSame(found.Labels.Span, truth), Is.True);
    }

    [Test]
    public void Cluster_MicroClustersOfEqualRows_AreThoseOfTheRows()
    {
        // Each point three times: k-means makes one micro-cluster of each, and Ward of the weighted centroids is Ward of the rows.
        float[] points = SampleRows.Values(30, 4, 30, 0.5f, seed: 8);
        EmbeddingRows rows = EmbeddingRows.Of(new[] { points, points, points[..40] }.SelectMany(part => part).ToArray(), 4);
        using CpuDevice device = new();
        AgglomerativeOptions options = new() { Clusters = 7, Linkage = Linkage.Ward };

        ClusterAssignment whole = new AgglomerativeClustering(device, options).Cluster(rows);
        ClusterAssignment micro = new AgglomerativeClustering(device, options with { MicroClusters = 30 }).Cluster(rows);

        Assert.That(micro.Labels.ToArray(), Is.EqualTo(whole.Labels.ToArray()));
    }

    [Test]
    public void Cluster_AnyThreads_GivesTheSameBits([Values(1, 2, 7)] int threads)
    {
        EmbeddingRows rows = SampleRows.Blobs(300, 20, 15, 0.8f, seed: 5);
        using CpuDevice device = new();
        AgglomerativeOptions options = new() { Clusters = 15, Threads = 1 };

        ClusterAssignment one = new AgglomerativeClustering(device, options).Cluster(rows);
        ClusterAssignment found = new AgglomerativeClustering(device, options with { Threads = threads }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.EqualTo(one.Labels.ToArray()));
            Assert.That(found.Distances.ToArray(), Is.EqualTo(one.Distances.ToArray()));
        }
    }

    [Test]
    public void Options_OutOfRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new AgglomerativeOptions { Clusters = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AgglomerativeOptions { MaximumRows = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AgglomerativeOptions { MaximumRows = 65_537 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AgglomerativeOptions { MicroClusters = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AgglomerativeOptions { Threads = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}
