using FsCheck;
using ModelTensors.Devices.Cpu;
using ModelTensors.LowRank;

namespace ModelTensors.Tests.LowRank;

public sealed class RandomizedSvdTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    private static readonly RandomizedSvdOptions AtRandom = new() { ExactSide = 0 };

    [Test]
    public void Decompose_OfADiagonal_FindsItsEntries()
    {
        // [[0, -3], [2, 0]] = 3·(1,0)(0,-1)ᵀ + 2·(0,1)(1,0)ᵀ.
        SingularFactors factors = Decompose([0, -3, 2, 0], 2, 2, 2, new RandomizedSvdOptions());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(factors.Values, Is.EqualTo([3.0, 2.0]).Within(1e-15));
            Assert.That(factors.Left(0).ToArray(), Is.EqualTo([1.0, 0.0]).Within(1e-15));
            Assert.That(factors.Right(0).ToArray(), Is.EqualTo([0.0, -1.0]).Within(1e-15));
            Assert.That(factors.Left(1).ToArray(), Is.EqualTo([0.0, 1.0]).Within(1e-15));
            Assert.That(factors.Right(1).ToArray(), Is.EqualTo([1.0, 0.0]).Within(1e-15));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 40)]
    public void Decompose_AtFullRank_GivesTheMatrixBack(PositiveInt rowCount, PositiveInt columnCount, NonNegativeInt seed)
    {
        (int rows, int columns) = (1 + (rowCount.Get % 40), 1 + (columnCount.Get % 40));
        float[] values = Numbers(seed.Get, rows * columns);
        SingularFactors factors = Decompose(values, rows, columns, int.MaxValue, new RandomizedSvdOptions());
        Assert.That(factors.Values, Has.Count.EqualTo(Math.Min(rows, columns)));
        Assert.That(Product(factors, rows, columns), Is.EqualTo(values.Select(value => (double)value)).Within(1e-13));
        Assert.That(factors.Values, Is.Ordered.Descending);
    }

    [TestCase(90, 150)]
    [TestCase(150, 90)]
    public void Decompose_OfALowRankMatrix_FindsItWhole(int rows, int columns)
    {
        const int rank = 6;
        float[] left = Numbers(1, rows * rank);
        float[] right = Numbers(2, rank * columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)Enumerable.Range(0, rank).Sum(k => (double)left[(i / columns * rank) + k] * right[(k * columns) + (i % columns)]);
        }

        SingularFactors factors = Decompose(values, rows, columns, 10, AtRandom);
        Assert.That(Product(factors, rows, columns), Is.EqualTo(values.Select(value => (double)value)).Within(2e-6));
        Assert.That(factors.Values.Skip(rank), Is.All.LessThan(1e-5));
    }

    [Test]
    public void Decompose_AtRandom_FindsTheLeadingValues_AndNeverMoreThanThereIs()
    {
        // Values 1, 1/2, 1/4, … between orthonormal vectors: what is found lies below, by less than the neglected part.
        const int side = 160;
        using HostTensor tensor = Decaying(side);
        using DifferenceBlocks matrix = Difference(tensor, tensor.Shape);
        SingularFactors exact = RandomizedSvd.Decompose(matrix, 8, Device, new RandomizedSvdOptions { ExactSide = side });
        SingularFactors random = RandomizedSvd.Decompose(matrix, 8, Device, AtRandom);
        for (int i = 0; i < 8; i++)
        {
            Assert.That(random.Values[i], Is.EqualTo(exact.Values[i]).Within(1e-6 * exact.Values[0]), $"value {i}");
        }
    }

    [Test]
    public void Decompose_ByBlocksKeptOrReadAgain_OnAnyThreads_GivesTheSameBits()
    {
        // More than one block: 4 Mi elements each.
        TensorShape shape = new(1100, 8000);
        using HostTensor tensor = new(DataType.F32, shape);
        Random random = new(9);
        for (long row = 0; row < shape[0]; row++)
        {
            foreach (ref float value in tensor.AsSpan<float>(row * shape[1], (int)shape[1]))
            {
                value = (float)random.NextDouble();
            }
        }

        RandomizedSvdOptions options = new() { Oversampling = 2, PowerIterations = 1 };
        double[]? first = null;
        foreach ((int threads, long memory) in (ReadOnlySpan<(int, long)>)[(1, 0), (2, 1L << 30), (7, 0)])
        {
            using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
            using HostTensor zero = new(DataType.F32, shape);
            using DifferenceBlocks matrix = new(device, tensor.Source, zero.Source, memory);
            Assert.That(matrix.Count, Is.EqualTo(3));
            SingularFactors factors = RandomizedSvd.Decompose(matrix, 3, device, options);
            double[] all = [.. factors.Values, .. factors.Left(2), .. factors.Right(1)];
            first ??= all;
            Assert.That(all.AsSpan().SequenceEqual(first), $"other bits with {threads} threads and {memory} bytes");
        }
    }

    [Test]
    public void Decompose_OfZeros_GivesZeros()
    {
        SingularFactors factors = Decompose(new float[200 * 150], 200, 150, 5, AtRandom);
        Assert.That(factors.Values, Is.All.EqualTo(0));
    }

    [Test]
    public void Decompose_WhenCancelled_Stops()
    {
        using HostTensor tensor = HostTensor.FromSingles(Numbers(1, 200 * 150), new TensorShape(200, 150));
        using DifferenceBlocks matrix = Difference(tensor, tensor.Shape);
        Assert.Throws<OperationCanceledException>(() => RandomizedSvd.Decompose(matrix, 5, Device, AtRandom, new CancellationToken(canceled: true)));
    }

    private static SingularFactors Decompose(float[] values, int rows, int columns, int rank, RandomizedSvdOptions options)
    {
        using HostTensor tensor = HostTensor.FromSingles(values, new TensorShape(rows, columns));
        using DifferenceBlocks matrix = Difference(tensor, tensor.Shape);
        return RandomizedSvd.Decompose(matrix, rank, Device, options);
    }

    private static DifferenceBlocks Difference(HostTensor tensor, TensorShape shape)
    {
        HostTensor zero = new(DataType.F32, shape);
        return new DifferenceBlocks(Device, tensor.Source, zero.Source, 1 << 30);
    }

    private static HostTensor Decaying(int side)
    {
        ColumnMatrix left = Orthonormal(side, 3);
        ColumnMatrix right = Orthonormal(side, 4);
        float[] values = new float[side * side];
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                values[(row * side) + column] = (float)Enumerable.Range(0, side).Sum(k => Math.ScaleB(1, -k) * left[k][row] * right[k][column]);
            }
        }

        return HostTensor.FromSingles(values, new TensorShape(side, side));
    }

    private static ColumnMatrix Orthonormal(int side, int seed)
    {
        ColumnMatrix matrix = new(side, side);
        Random random = new(seed);
        for (int column = 0; column < side; column++)
        {
            foreach (ref double value in matrix[column])
            {
                value = random.NextDouble() - 0.5;
            }
        }

        matrix.Orthonormalize(CancellationToken.None);
        return matrix;
    }

    private static double[] Product(SingularFactors factors, int rows, int columns)
    {
        double[] product = new double[rows * columns];
        for (int k = 0; k < factors.Values.Count; k++)
        {
            for (int i = 0; i < product.Length; i++)
            {
                product[i] += factors.Values[k] * factors.Left(k)[i / columns] * factors.Right(k)[i % columns];
            }
        }

        return product;
    }

    private static float[] Numbers(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }
}
