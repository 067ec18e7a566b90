using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Devices;

[Category("Kernels")]
public sealed class DistanceTests
{
    [Test]
    public void Distances_OfOddSizes_LieWithinTheirBounds(
        [Values] DistanceMetric metric, [Values(DataType.F32, DataType.BF16, DataType.F16)] DataType type, [Values(0, 1, 7, 383, 400, 801)] int width)
    {
        using HostTensor queries = Random(29, width, type, 1);
        using HostTensor rows = Random(133, width, type, 2);

        (float[] distances, float[] bounds) = Compute(queries, rows, metric, threads: 2, tile: 0);

        AssertWithinBounds(queries, rows, metric, distances, bounds);
    }

    [Test]
    public void Distances_OnAnyThreadsAndTiles_AreTheSameBits([Values] DistanceMetric metric)
    {
        using HostTensor queries = Random(50, 401, DataType.F32, 1);
        using HostTensor rows = Random(5000, 401, DataType.F32, 2);
        (float[] expected, float[] bounds) = Compute(queries, rows, metric, threads: 1, tile: 50);

        using (Assert.EnterMultipleScope())
        {
            foreach ((int threads, int tile) in new[] { (1, 1), (2, 7), (3, 0), (4, 13) })
            {
                (float[] distances, float[] otherBounds) = Compute(queries, rows, metric, threads, tile);
                Assert.That(distances.AsSpan().SequenceEqual(expected), Is.True);
                Assert.That(otherBounds, Is.EqualTo(bounds));
            }
        }
    }

    [Test]
    public void Panels_OnEveryWidth_GiveTheSameBits()
    {
        using HostTensor rows = Random(70, 33, DataType.F32, 2);
        DistanceRows preparation = new(DistanceMetric.SquaredEuclidean, new float[33]);
        using DistancePanels<MicroKernel128> narrow = new(Matrix.Of(rows), preparation);
        using DistancePanels<MicroKernel256> middle = new(Matrix.Of(rows), preparation);
        using DistancePanels<MicroKernel512> wide = new(Matrix.Of(rows), preparation);

        float[] expected = ComputePanels(wide, rows);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ComputePanels(narrow, rows), Is.EqualTo(expected));
            Assert.That(ComputePanels(middle, rows), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Distances_FarFromTheOrigin_DoNotCancel()
    {
        // Without the mean taken away, |x|² + |y|² is some 6.4e9, whose unit in the last place is 512.
        float[] values = [.. Enumerable.Range(0, 20 * 64).Select(i => 10_000 + ((i * 37) % 11))];
        using HostTensor rows = HostTensor.FromSingles(values, new TensorShape(20, 64));

        (float[] distances, float[] bounds) = Compute(rows, rows, DistanceMetric.SquaredEuclidean, threads: 1, tile: 0);

        AssertWithinBounds(rows, rows, DistanceMetric.SquaredEuclidean, distances, bounds);
        Assert.That(bounds, Is.All.LessThan(0.1f));
    }

    [Test]
    public void Distances_OfEqualRows_AreEqualAndNotNegative()
    {
        using HostTensor query = Random(1, 100, DataType.F32, 1);
        float[] row = query.ToSingles();
        using HostTensor rows = HostTensor.FromSingles([.. Enumerable.Range(0, 40).SelectMany(_ => row), .. row.Select(x => -x)], new TensorShape(41, 100));

        (float[] distances, _) = Compute(query, rows, DistanceMetric.SquaredEuclidean, threads: 1, tile: 0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(distances.Distinct().Count(), Is.EqualTo(2));
            Assert.That(distances, Is.All.GreaterThanOrEqualTo(0));
        }
    }

    [Test]
    public void Cosine_OfAZeroVector_IsOne()
    {
        using HostTensor queries = HostTensor.FromSingles([0, 0, 1, 2], new TensorShape(2, 2));
        using HostTensor rows = HostTensor.FromSingles([0, 0, 2, 4, -1, -2], new TensorShape(3, 2));

        (float[] distances, _) = Compute(queries, rows, DistanceMetric.Cosine, threads: 1, tile: 0);

        Assert.That(distances, Is.EqualTo(new float[] { 1, 1, 1, 1, 0, 2 }).Within(1e-6f));
    }

    [Test]
    public void Distances_OfTransposesAndBlocks_AreThoseOfTheirRows()
    {
        using HostTensor tensor = Random(30, 40, DataType.BF16, 1);
        using HostTensor copy = new(DataType.F32, new TensorShape(12, 9));
        Matrix block = Matrix.Of(tensor).Transposed.Block(3, 4, 12, 9);
        for (int row = 0; row < 12; row++)
        {
            block.CopyRow(row, copy.AsSpan<float>(row * 9, 9));
        }

        float[] expected = Compute(copy, copy, DistanceMetric.Cosine, threads: 1, tile: 0).Distances;
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });

        float[] distances = Compute(device, block, block, DistanceMetric.Cosine, tile: 0).Distances;

        Assert.That(distances, Is.EqualTo(expected));
    }

    [Test]
    public void Distances_OfNothing_AreNone()
    {
        using HostTensor none = new(DataType.F32, new TensorShape(0, 3));
        using HostTensor some = Random(2, 3, DataType.F32, 1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Compute(some, none, DistanceMetric.SquaredEuclidean, 1, 0).Bounds, Has.Length.EqualTo(2));
            Assert.That(Compute(none, some, DistanceMetric.SquaredEuclidean, 1, 0).Distances, Is.Empty);
        }
    }

    [Test]
    public void Distances_RefuseWhatDoesNotFit()
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using HostTensor narrow = Random(2, 3, DataType.F32, 1);
        using HostTensor wide = Random(2, 4, DataType.F32, 1);
        using HostTensor doubles = new(DataType.F64, new TensorShape(2, 3));
        Matrix matrix = Matrix.Of(narrow);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => device.ForEachDistanceTile(matrix, Matrix.Of(wide), DistanceMetric.Cosine, _ => { }), Throws.ArgumentException.With.Message.Contain("2 × 4"));
            Assert.That(() => device.ForEachDistanceTile(matrix, Matrix.Of(doubles), DistanceMetric.Cosine, _ => { }), Throws.ArgumentException.With.Message.Contain("F64"));
            Assert.That(() => device.ForEachDistanceTile(matrix, matrix, (DistanceMetric)9, _ => { }), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new DistanceOptions { QueriesPerTile = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => matrix.CopyRow(2, new float[3]), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => matrix.CopyRow(0, new float[2]), Throws.ArgumentException);
        }
    }

    [Test]
    public void Distances_WhenTheConsumerFailsOrIsCancelled_Stop()
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using HostTensor rows = Random(100, 3, DataType.F32, 1);
        Matrix matrix = Matrix.Of(rows);
        using CancellationTokenSource source = new();
        DistanceOptions options = new() { QueriesPerTile = 1 };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => device.ForEachDistanceTile(matrix, matrix, DistanceMetric.Cosine, _ => throw new InvalidOperationException("enough"), options),
                Throws.InvalidOperationException.With.Message.EqualTo("enough"));
            Assert.That(
                () => device.ForEachDistanceTile(matrix, matrix, DistanceMetric.Cosine, _ => source.Cancel(), options, source.Token),
                Throws.InstanceOf<OperationCanceledException>());
        }
    }

    private static void AssertWithinBounds(HostTensor queries, HostTensor rows, DistanceMetric metric, float[] distances, float[] bounds)
    {
        int width = (int)rows.Shape[1];
        int count = (int)rows.Shape[0];
        float[] x = queries.ToSingles();
        float[] y = rows.ToSingles();
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < distances.Length; i++)
            {
                double expected = Reference(x.AsSpan(i / count * width, width), y.AsSpan(i % count * width, width), metric);
                if (!(Math.Abs(distances[i] - expected) <= bounds[i / count]))
                {
                    Assert.Fail($"{distances[i]} at {i} is not within {bounds[i / count]} of {expected}.");
                }
            }
        }
    }

    private static double Reference(ReadOnlySpan<float> x, ReadOnlySpan<float> y, DistanceMetric metric)
    {
        double product = 0, xx = 0, yy = 0, square = 0;
        for (int k = 0; k < x.Length; k++)
        {
            product += (double)x[k] * y[k];
            xx += (double)x[k] * x[k];
            yy += (double)y[k] * y[k];
            square += ((double)x[k] - y[k]) * ((double)x[k] - y[k]);
        }

        return metric switch
        {
            DistanceMetric.SquaredEuclidean => square,
            DistanceMetric.Cosine => xx * yy == 0 ? 1 : 1 - (product / Math.Sqrt(xx) / Math.Sqrt(yy)),
            _ => -product,
        };
    }

    private static (float[] Distances, float[] Bounds) Compute(HostTensor queries, HostTensor rows, DistanceMetric metric, int threads, int tile)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
        return Compute(device, Matrix.Of(queries), Matrix.Of(rows), metric, tile);
    }

    private static (float[] Distances, float[] Bounds) Compute(CpuDevice device, Matrix queries, Matrix rows, DistanceMetric metric, int tile)
    {
        int count = (int)rows.Rows;
        float[] distances = new float[queries.Rows * count];
        float[] bounds = new float[queries.Rows];
        DistanceOptions options = new() { QueriesPerTile = tile };
        device.ForEachDistanceTile(queries, rows, metric, Take, options);
        return (distances, bounds);

        void Take(DistanceTile part)
        {
            for (int query = 0; query < part.QueryCount; query++)
            {
                int index = (int)part.FirstQuery + query;
                part.Row(query).CopyTo(distances.AsSpan(index * count, count));
                bounds[index] = part.ErrorBound(query);
            }
        }
    }

    private static unsafe float[] ComputePanels(DistancePanels panels, HostTensor rows)
    {
        for (int panel = 0; panel < panels.PanelCount; panel++)
        {
            panels.Pack(panel);
        }

        panels.Seal();
        int count = (int)rows.Shape[0];
        int step = panels.QueryStep;
        using DistanceWork work = new((count + step - 1) / step * step, panels.Stride, (int)rows.Shape[1]);
        panels.Compute(Matrix.Of(rows), work, CancellationToken.None);
        return [.. Enumerable.Range(0, count * count).Select(i => work.Distances[(i / count * panels.Stride) + (i % count)])];
    }

    private static HostTensor Random(int rows, int columns, DataType type, int seed)
    {
        Random random = new(seed);
        return HostTensor.FromSingles([.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.25f)], new TensorShape(rows, columns), type);
    }
}
