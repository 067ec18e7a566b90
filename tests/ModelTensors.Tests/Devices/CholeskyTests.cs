using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

/// <summary>Factors and solutions against the definition, element by element in double.</summary>
public sealed class CholeskyTests
{
    [Test]
    public void Factor_TimesItsTranspose_IsTheMatrix([Values(1, 2, 63, 64, 65, 200)] int size)
    {
        double[,] matrix = PositiveDefinite(size);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using HostTensor factor = Tensor(matrix);

        Assert.That(device.TryFactorCholesky(factor, out long pivot), Is.True);

        Assert.That(pivot, Is.EqualTo(-1));
        ReadOnlySpan<double> lower = factor.AsSpan<double>(0, size * size);
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column <= row; column++)
            {
                double sum = 0;
                for (int k = 0; k <= column; k++)
                {
                    sum += lower[(row * size) + k] * lower[(column * size) + k];
                }

                Assert.That(sum, Is.EqualTo(matrix[row, column]).Within(1e-12 * matrix[row, row]), $"{row}, {column}");
                Assert.That(lower[(column * size) + row], Is.EqualTo(lower[(row * size) + column]));
            }
        }
    }

    [Test]
    public void Solve_TimesTheMatrix_IsTheRows([Values(1, 65, 150)] int size, [Values(1, 31, 33, 100)] int rows)
    {
        double[,] matrix = PositiveDefinite(size);
        float[] values = Values(rows * size, seed: 5);
        byte[]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
            using HostTensor factor = Tensor(matrix);
            using HostTensor solved = HostTensor.FromSingles(values, new TensorShape(rows, size));
            Assert.That(device.TryFactorCholesky(factor, out _), Is.True);

            device.SolveCholesky(factor, solved);

            float[] results = solved.ToSingles();
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < size; column++)
                {
                    double sum = 0;
                    double scale = 0;
                    for (int k = 0; k < size; k++)
                    {
                        double product = results[(row * size) + k] * matrix[k, column];
                        sum += product;
                        scale += Math.Abs(product);
                    }

                    // The solution is rounded to float: half a unit of each of its terms.
                    Assert.That(sum, Is.EqualTo(values[(row * size) + column]).Within(6e-8 * scale));
                }
            }

            byte[] bytes = new byte[solved.Source.ByteLength];
            solved.Source.Read(0, bytes);
            first ??= bytes;
            Assert.That(bytes.AsSpan().SequenceEqual(first), $"{threads} threads");
        }
    }

    [TestCase(0, 0)]
    [TestCase(70, 70)]
    public void Factor_OfAMatrixWithoutFullRank_NamesThePivot(int same, int pivot)
    {
        const int size = 100;
        double[,] matrix = PositiveDefinite(size);
        for (int k = 0; k < size; k++)
        {
            matrix[same, k] = matrix[k, same] = 0;
        }

        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using HostTensor factor = Tensor(matrix);

        Assert.That(device.TryFactorCholesky(factor, out long failed), Is.False);
        Assert.That(failed, Is.EqualTo(pivot));
    }

    [Test]
    public void Misuse_IsRefused()
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using HostTensor floats = new(DataType.F32, new TensorShape(3, 3));
        using HostTensor flat = new(DataType.F64, new TensorShape(3, 4));
        using HostTensor factor = new(DataType.F64, new TensorShape(3, 3));
        using HostTensor rows = new(DataType.F32, new TensorShape(3, 4));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => device.TryFactorCholesky(floats, out _), Throws.ArgumentException);
            Assert.That(() => device.TryFactorCholesky(flat, out _), Throws.ArgumentException);
            Assert.That(() => device.SolveCholesky(factor, rows), Throws.ArgumentException);
        }
    }

    private static HostTensor Tensor(double[,] matrix)
    {
        int size = matrix.GetLength(0);
        HostTensor tensor = new(DataType.F64, new TensorShape(size, size));
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                // Only the lower triangle is to be read.
                tensor.AsSpan<double>((row * size) + column, 1)[0] = column <= row ? matrix[row, column] : double.NaN;
            }
        }

        return tensor;
    }

    /// <summary>Makes the Gram matrix of twice as many random samples.</summary>
    private static double[,] PositiveDefinite(int size)
    {
        float[] samples = Values(2 * size * size, seed: size);
        double[,] matrix = new double[size, size];
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                for (int sample = 0; sample < 2 * size; sample++)
                {
                    matrix[row, column] += (double)samples[(sample * size) + row] * samples[(sample * size) + column];
                }
            }
        }

        return matrix;
    }

    private static float[] Values(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
