using DataShapley.Clustering;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Tests.Clustering;

public sealed class ProxiesTests
{
    // Means: 2.5 of 0, 1, 2, 7, and 12 of 10, 14, 12, 12. Record 3 is 7, of the first.
    private static readonly float[] Points = [0, 10, 1, 7, 14, 2, 12, 12];
    private static readonly int[] Labels = [0, 1, 0, 0, 1, 0, 1, 1];

    [Test]
    public void Select_Nearest_TakesMembersByDistance()
    {
        // Both records 6 and 7 are the centroid 12: the lower index is first.
        Assert.That(
            Select(new ProxyOptions { PerCluster = 3 }),
            Is.EqualTo(new Proxy[] { new(0, 5, 0.5), new(0, 2, 1.5), new(0, 0, 2.5), new(1, 6, 0), new(1, 7, 0), new(1, 1, 2) }));
    }

    [Test]
    public void Select_MorePerClusterThanMembers_TakesAll() =>
        Assert.That(Select(new ProxyOptions { PerCluster = 9 }).Select(proxy => proxy.Record), Is.EqualTo<int[]>([5, 2, 0, 3, 6, 7, 1, 4]));

    [Test]
    public void Select_Medoid_HasTheLeastSumOfDistances()
    {
        // Sums of the first cluster: 0 has 10, 1 has 8, 2 has 8, 7 has 18; the lower index of 1 and 2 wins.
        Assert.That(Select(new ProxyOptions { Mode = ProxyMode.Medoid }), Is.EqualTo(new Proxy[] { new(0, 2, 1.5), new(1, 6, 0) }));
    }

    [Test]
    public void Select_Random_DrawsMembersBySeed()
    {
        ProxyOptions options = new() { Mode = ProxyMode.Random, PerCluster = 2, Seed = 3 };
        Proxy[] drawn = Select(options);
        HashSet<int> all = [.. Enumerable.Range(0, 100).SelectMany(seed => Select(options with { Seed = (ulong)seed })).Select(proxy => proxy.Record)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(drawn.Select(proxy => proxy.Record), Is.Unique);
            Assert.That(drawn.Select(proxy => Labels[proxy.Record]), Is.EqualTo<int[]>([0, 0, 1, 1]));
            Assert.That(Select(options), Is.EqualTo(drawn));

            // Each record is missed by 100 seeds with probability 2⁻¹⁰⁰.
            Assert.That(all, Has.Count.EqualTo(8));
        }
    }

    [Test]
    public void Select_AllRecords_MayTakeOneOfAnotherCluster()
    {
        // Labels that no k-means would give: centroids 5 of 0 and 10, and 6 of 4, 5 and 9.
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 0, 10, 4, 5, 9 }, 1);
        ClusterAssignment assignment = ClusterAssignment.FromLabels(rows, [0, 0, 1, 1, 1]);
        using CpuDevice device = new();

        IReadOnlyList<Proxy> found = Proxies.Select(rows, assignment, device, new ProxyOptions { Search = ProxySearch.All, PerCluster = 2 });

        Assert.That(found, Is.EqualTo(new Proxy[] { new(0, 3, 0), new(0, 2, 1), new(1, 3, 1), new(1, 2, 2) }));
    }

    [Test]
    public void Select_AllRecords_IsThatOfPlainLoops([Values(1, 4)] int perCluster, [Values(0, 500)] int offset)
    {
        EmbeddingRows rows = SampleRows.Blobs(700, 37, 12, 0.9f, seed: 6, offset);
        using CpuDevice device = new();
        ClusterAssignment assignment = new KMeans(device, new KMeansOptions { Clusters = 30 }).Cluster(rows);

        IReadOnlyList<Proxy> found = Proxies.Select(rows, assignment, device, new ProxyOptions { Search = ProxySearch.All, PerCluster = perCluster });

        int[] expected =
        [
            .. Enumerable.Range(0, 30).SelectMany(cluster => Enumerable.Range(0, 700).OrderBy(record => Squared(rows, record, assignment, cluster)).Take(perCluster)),
        ];
        Assert.That(found.Select(proxy => proxy.Record), Is.EqualTo(expected));
    }

    [Test]
    public void Select_OtherEmbeddings_AreRefused()
    {
        ClusterAssignment assignment = ClusterAssignment.FromLabels(EmbeddingRows.Of(Points, 1), Labels);
        using CpuDevice device = new();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Proxies.Select(EmbeddingRows.Of(Points, 2), assignment, device), Throws.ArgumentException);
            Assert.That(
                () => Proxies.Select(EmbeddingRows.Of(Points, 1), assignment, device, new ProxyOptions { Mode = ProxyMode.Medoid, Search = ProxySearch.All }),
                Throws.ArgumentException);
            Assert.That(() => new ProxyOptions { PerCluster = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static Proxy[] Select(ProxyOptions options)
    {
        EmbeddingRows rows = EmbeddingRows.Of(Points, 1);
        using CpuDevice device = new();
        return [.. Proxies.Select(rows, ClusterAssignment.FromLabels(rows, Labels), device, options)];
    }

    private static double Squared(EmbeddingRows rows, int record, ClusterAssignment assignment, int cluster)
    {
        double squared = 0;
        for (int i = 0; i < rows.Dimension; i++)
        {
            double difference = rows.Row(record)[i] - assignment.Centroid(cluster)[i];
            squared += difference * difference;
        }

        return squared;
    }
}
