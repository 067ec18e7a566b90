using DataShapley.Clustering;
using ModelTensors;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Tests.Clustering;

public sealed class KMeansTests
{
    [TestCase(300, 1, 3, 2, 0)]
    [TestCase(500, 7, 12, 12, 0)]
    [TestCase(700, 33, 40, 20, 0)]
    [TestCase(400, 16, 25, 1, 1000)]
    [TestCase(257, 100, 60, 8, 0)]
    public void Cluster_RandomRows_HasTheLabelsOfPlainLoops(int count, int dimension, int clusters, int groups, int offset)
    {
        EmbeddingRows rows = SampleRows.Blobs(count, dimension, groups, 0.5f, seed: 3, offset);
        KMeansOptions options = new() { Clusters = clusters, Tolerance = 0, Seed = 5 };
        using CpuDevice device = new();
        using CenteredRows points = new(rows, 2, CancellationToken.None);
        (int[] labels, double[] centroids, double inertia) = ReferenceLloyd.Run(rows, KMeans.Initialize(points, clusters, options, 0), 300);

        ClusterAssignment found = new KMeans(device, options).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.EqualTo(labels));
            Assert.That(found.Inertia, Is.EqualTo(inertia).Within(1e-9).Percent);
            Assert.That(found.Centroid(clusters - 1).ToArray(), Is.EqualTo(centroids[^dimension..]).Within(1e-12).Percent);
            Assert.That(found.HasConverged, Is.True);
        }
    }

    [Test]
    public void Cluster_SeparateGroups_FindsThem([Values] KMeansInitialization initialization, [Values(1, 2, 3)] int seed)
    {
        EmbeddingRows rows = SampleRows.Blobs(600, 24, 10, 0.05f, seed);
        using CpuDevice device = new();
        KMeansOptions options = new() { Clusters = 10, Seed = (ulong)seed, Initialization = initialization, Restarts = initialization == KMeansInitialization.RandomRows ? 200 : 1 };

        ClusterAssignment found = new KMeans(device, options).Cluster(rows);

        int[] truth = [.. Enumerable.Range(0, 600).Select(point => point % 10)];
        Assert.That(SampleRows.AreSame(found.Labels.Span, truth), Is.True);
    }

    [TestCase(true, 1, 1)]
    [TestCase(true, 2, 2)]
    [TestCase(true, 7, 7)]
    [TestCase(true, 1, 3)]
    [TestCase(false, 1, 1)]
    [TestCase(false, 2, 2)]
    public void Cluster_AnyThreadsAndBounds_GivesTheSameBits(bool usesBounds, int deviceThreads, int threads)
    {
        EmbeddingRows rows = SampleRows.Blobs(3000, 24, 40, 0.9f, seed: 11);
        KMeansOptions options = new() { Clusters = 70, Seed = 2, Tolerance = 0, Threads = 1 };
        using CpuDevice single = new(new CpuDeviceOptions { Threads = 1 });
        using CpuDevice device = new(new CpuDeviceOptions { Threads = deviceThreads });
        ClusterAssignment expected = new KMeans(single, options).Cluster(rows);

        ClusterAssignment found = new KMeans(device, options with { Threads = threads, UsesBounds = usesBounds }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.EqualTo(expected.Labels.ToArray()));
            Assert.That(found.Distances.ToArray(), Is.EqualTo(expected.Distances.ToArray()));
            Assert.That(Centroids(found), Is.EqualTo(Centroids(expected)));
            Assert.That(found.Iterations, Is.EqualTo(expected.Iterations).And.GreaterThan(5));
        }
    }

    [Test]
    public void Cluster_Bounds_SaveProducts([Values(0.1f, 0.9f)] float spread)
    {
        EmbeddingRows rows = SampleRows.Blobs(3000, 24, 40, spread, seed: 12);
        KMeansOptions options = new() { Clusters = 60, Tolerance = 0, Initialization = KMeansInitialization.RandomRows };

        long with = Products(rows, options);
        long without = Products(rows, options with { UsesBounds = false });

        Assert.That(with, Is.LessThan(0.7 * without));
    }

    [Test]
    public void Cluster_OneCluster_HasTheMean()
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 1, 2, 3, 4, 8, 9 }, 2);
        using CpuDevice device = new();

        ClusterAssignment found = new KMeans(device, new KMeansOptions { Clusters = 1 }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Clusters, Is.EqualTo(1));
            Assert.That(found.Centroid(0).ToArray(), Is.EqualTo<double[]>([4, 5]));
            Assert.That(found.Inertia, Is.EqualTo(9 + 9 + 1 + 1 + 16 + 16));
            Assert.That(found.Members(0).ToArray(), Is.EqualTo<int[]>([0, 1, 2]));
        }
    }

    [Test]
    public void Cluster_AsManyClustersAsRows_PutsEachAlone([Values] KMeansInitialization initialization)
    {
        EmbeddingRows rows = SampleRows.Blobs(64, 5, 8, 0.2f, seed: 4);
        using CpuDevice device = new();

        ClusterAssignment found = new KMeans(device, new KMeansOptions { Clusters = 64, Initialization = initialization }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.Unique);
            Assert.That(found.Inertia, Is.Zero);
        }
    }

    [Test]
    public void Cluster_FewerDistinctRows_ReducesAndReports([Values] KMeansInitialization initialization, [Values(3, 4, 100)] int clusters)
    {
        // Zeros of either sign are one row.
        EmbeddingRows rows = EmbeddingRows.Of(new[] { 0f, -0f, 5, 5, 5, 9, 0, 9 }, 1);
        using CpuDevice device = new();

        ClusterAssignment found = new KMeans(device, new KMeansOptions { Clusters = clusters, Initialization = initialization }).Cluster(rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Clusters, Is.EqualTo(3));
            Assert.That(found.RequestedClusters, Is.EqualTo(clusters));
            Assert.That(SampleRows.AreSame(found.Labels.Span, [0, 0, 1, 1, 1, 2, 0, 2]), Is.True);
            Assert.That(found.Inertia, Is.Zero);
        }
    }

    [Test]
    public void Cluster_CentroidWithoutRows_TakesTheFarthestRow([Values(1, 20)] int iterations)
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 0, 1, 2, 3, 10, 11 }, 1);
        using CpuDevice device = new();
        using CenteredRows points = new(rows, 1, CancellationToken.None);
        using Lloyd lloyd = new(points, [1, 1000, 2000], device, new KMeansOptions { Clusters = 3, Iterations = iterations });

        ClusterAssignment found = lloyd.Run(3, progress: null);

        // By hand: all rows go to the first; the empty ones take 11, then 10; the first keeps the mean 1.5 of 0 to 3, and no row moves again.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.EqualTo<int[]>([0, 0, 0, 0, 2, 1]));
            Assert.That(Centroids(found), Is.EqualTo<double[]>([1.5, 11, 10]));
        }
    }

    [Test]
    public void Cluster_RowBetweenTwoCentroids_GoesToTheLower()
    {
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { -3, -1, 0, 1, 3 }, 1);
        using CpuDevice device = new();
        using CenteredRows points = new(rows, 1, CancellationToken.None);
        using Lloyd lloyd = new(points, [2, -2], device, new KMeansOptions { Clusters = 2, Iterations = 1 });

        ClusterAssignment found = lloyd.Run(2, progress: null);

        Assert.That(found.Labels.ToArray(), Is.EqualTo<int[]>([1, 1, 0, 0, 0]));
    }

    [Test]
    public void Cluster_CentroidsOfTheSameRoundedProducts_AreToldApartInDouble()
    {
        // In float both centroids are at the same distance; in double the second is nearer.
        EmbeddingRows rows = EmbeddingRows.Of(new float[] { 1, 0, 0, 1 }, 2);
        using CpuDevice device = new();
        using CenteredRows points = new(rows, 1, CancellationToken.None);
        double[] centroids = [1, 1e-5, 1, 0.99e-5, 0, 1];
        using CentroidSearch search = new(points, centroids, device);
        int[] labels = new int[2];
        search.Load();

        search.ForEachRow(null, (row, products) => labels[row] = search.Find(row, products, NearestCentroid.Unknown).Label);

        Assert.That(labels, Is.EqualTo<int[]>([1, 2]));
    }

    [Test]
    public void Cluster_Restarts_KeepTheLeastInertia()
    {
        EmbeddingRows rows = SampleRows.Blobs(400, 8, 15, 0.3f, seed: 9);
        using CpuDevice device = new();
        KMeansOptions options = new() { Clusters = 15, Initialization = KMeansInitialization.RandomRows };

        double one = new KMeans(device, options).Cluster(rows).Inertia;
        double many = new KMeans(device, options with { Restarts = 10 }).Cluster(rows).Inertia;

        Assert.That(many, Is.LessThan(one));
    }

    [Test]
    public void Cluster_SeedOfPlusPlus_IsBetterThanRandomRows()
    {
        EmbeddingRows rows = SampleRows.Blobs(2000, 8, 50, 0.05f, seed: 21);
        using CpuDevice device = new();
        KMeansOptions options = new() { Clusters = 50, Iterations = 1 };

        double plusPlus = new KMeans(device, options).Cluster(rows).Inertia;
        double random = new KMeans(device, options with { Initialization = KMeansInitialization.RandomRows }).Cluster(rows).Inertia;

        Assert.That(plusPlus, Is.LessThan(0.5 * random));
    }

    [Test]
    public void Cluster_Cancelled_Stops()
    {
        EmbeddingRows rows = SampleRows.Blobs(400, 8, 15, 0.3f, seed: 9);
        using CpuDevice device = new();

        Assert.That(
            () => new KMeans(device, new KMeansOptions { Clusters = 5 }).Cluster(rows, cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Options_OutOfRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new KMeansOptions { Clusters = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KMeansOptions { Iterations = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KMeansOptions { Restarts = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KMeansOptions { Threads = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KMeansOptions { Tolerance = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static double[] Centroids(ClusterAssignment assignment) =>
        [.. Enumerable.Range(0, assignment.Clusters).SelectMany(cluster => assignment.Centroid(cluster).ToArray())];

    private static long Products(EmbeddingRows rows, KMeansOptions options)
    {
        using CpuDevice device = new();
        using CenteredRows points = new(rows, options.Threads, CancellationToken.None);
        using Lloyd lloyd = new(points, KMeans.Initialize(points, options.Clusters, options, 0), device, options);
        lloyd.Run(options.Clusters, progress: null);
        return lloyd.Products;
    }
}
