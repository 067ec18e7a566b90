using DataShapley.Clustering;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Tests.Clustering;

public sealed class MiniBatchKMeansTests
{
    [Test]
    public async Task ClusterAsync_SeparateGroups_FindsThem([Values(1, 3)] int passes)
    {
        float[] values = SampleRows.Values(1000, 16, 8, 0.05f, seed: 2);
        using CpuDevice device = new();
        MiniBatchOptions options = new() { Clusters = 8, Passes = passes, InitialRows = 100 };

        ClusterAssignment found = await new MiniBatchKMeans(device, options).ClusterAsync(_ => Batches(values, 16, 70));

        int[] truth = [.. Enumerable.Range(0, 1000).Select(row => row % 8)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SampleRows.AreSame(found.Labels.Span, truth), Is.True);
            Assert.That(found.Iterations, Is.EqualTo(passes));
        }
    }

    [Test]
    public async Task ClusterAsync_OnePassOverOneBatch_IsOneIterationOfLloyd()
    {
        float[] values = SampleRows.Values(400, 6, 10, 0.4f, seed: 7);
        using CpuDevice device = new();

        // One batch learns the means of the first assignment; assigning again is what the first iteration ends with.
        ClusterAssignment found = await new MiniBatchKMeans(device, new MiniBatchOptions { Clusters = 12, Seed = 4 }).ClusterAsync(_ => Batches(values, 6, 400));
        ClusterAssignment lloyd = new KMeans(device, new KMeansOptions { Clusters = 12, Seed = 4, Iterations = 1 }).Cluster(EmbeddingRows.Of(values, 6));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.EqualTo(lloyd.Labels.ToArray()));
            Assert.That(found.Inertia, Is.EqualTo(lloyd.Inertia).Within(1e-9).Percent);
        }
    }

    [Test]
    public async Task ClusterAsync_AnyThreads_GivesTheSameBits([Values(1, 2, 7)] int threads)
    {
        float[] values = SampleRows.Values(1000, 16, 30, 0.9f, seed: 3);
        using CpuDevice single = new(new CpuDeviceOptions { Threads = 1 });
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
        MiniBatchOptions options = new() { Clusters = 25, Threads = 1 };

        ClusterAssignment expected = await new MiniBatchKMeans(single, options).ClusterAsync(_ => Batches(values, 16, 128));
        ClusterAssignment found = await new MiniBatchKMeans(device, options with { Threads = threads }).ClusterAsync(_ => Batches(values, 16, 128));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Labels.ToArray(), Is.EqualTo(expected.Labels.ToArray()));
            Assert.That(found.Distances.ToArray(), Is.EqualTo(expected.Distances.ToArray()));
        }
    }

    [Test]
    public async Task ClusterAsync_LaterBatches_MoveCentroidsByTheirShare()
    {
        // By hand: both rows of the first batch become centroids, 0 and 1. The second batch moves the one at 1 to the mean of 1 and 99 times 100,
        // 99.01; the row 1 is then nearer to the other.
        float[] values = [0, 1, .. Enumerable.Repeat(100f, 99)];
        using CpuDevice device = new();
        MiniBatchOptions options = new() { Clusters = 2, InitialRows = 2 };

        ClusterAssignment found = await new MiniBatchKMeans(device, options).ClusterAsync(_ => Uneven(values));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Clusters, Is.EqualTo(2));
            Assert.That(found.Labels.Span[0], Is.EqualTo(found.Labels.Span[1]));
            Assert.That(found.Size(found.Labels.Span[2]), Is.EqualTo(99));
            Assert.That(found.Centroid(found.Labels.Span[2])[0], Is.EqualTo(99.01).Within(1e-9));
        }
    }

    [Test]
    public void ToAssignment_CentroidWithoutRows_IsLeftOut()
    {
        using CpuDevice device = new();
        MiniBatchModel model = new([5, 1000, 0], 1, device, 1);
        model.Assign(EmbeddingRows.Of(new float[] { 0, 1, 6, 5 }, 1), CancellationToken.None);

        ClusterAssignment found = model.ToAssignment(3, 1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Clusters, Is.EqualTo(2));
            Assert.That(found.RequestedClusters, Is.EqualTo(3));
            Assert.That(found.Labels.ToArray(), Is.EqualTo<int[]>([1, 1, 0, 0]));
            Assert.That(found.Centroid(1)[0], Is.Zero);
            Assert.That(found.Inertia, Is.EqualTo(2));
        }
    }

    [Test]
    public async Task ClusterAsync_FewerDistinctRows_ReducesAndReports()
    {
        using CpuDevice device = new();

        ClusterAssignment found = await new MiniBatchKMeans(device, new MiniBatchOptions { Clusters = 5 }).ClusterAsync(_ => Batches([1, 2, 1, 2], 1, 2));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Clusters, Is.EqualTo(2));
            Assert.That(found.RequestedClusters, Is.EqualTo(5));
        }
    }

    [Test]
    public void ClusterAsync_NoBatches_IsRefused()
    {
        using CpuDevice device = new();

        Assert.That(async () => await new MiniBatchKMeans(device).ClusterAsync(_ => Batches([], 1, 2)), Throws.ArgumentException);
    }

    [Test]
    public void ClusterAsync_BatchesOfOtherWidth_AreRefused()
    {
        using CpuDevice device = new();
        MiniBatchOptions options = new() { Clusters = 1, InitialRows = 1 };

        Assert.That(
            async () => await new MiniBatchKMeans(device, options).ClusterAsync(_ => Mixed()),
            Throws.ArgumentException.With.Message.Contains("3 features, the first one of 2"));
    }

    private static async IAsyncEnumerable<EmbeddingRows> Batches(float[] values, int dimension, int rows)
    {
        foreach (float[] batch in values.Chunk(rows * dimension))
        {
            await Task.Yield();
            yield return EmbeddingRows.Of(batch, dimension);
        }
    }

    private static async IAsyncEnumerable<EmbeddingRows> Uneven(float[] values)
    {
        yield return EmbeddingRows.Of(values.AsMemory(0, 2), 1);
        await Task.Yield();
        yield return EmbeddingRows.Of(values.AsMemory(2), 1);
    }

    private static async IAsyncEnumerable<EmbeddingRows> Mixed()
    {
        yield return EmbeddingRows.Of(new float[] { 1, 2 }, 2);
        await Task.Yield();
        yield return EmbeddingRows.Of(new float[] { 1, 2, 3 }, 3);
    }
}
