using System.Runtime.InteropServices;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Devices;

/// <summary>Products in double against their definition: blocks of 128 k, each a chain, added in order.</summary>
[Category("Kernels")]
public sealed unsafe class GramTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    [Test]
    public void Gram_OfEverySize_IsTheDefinition([Values] bool transposed)
    {
        for (int columns = 1; columns <= 40; columns++)
        {
            Check(1 + (columns * 7 % 19), columns, transposed, DataType.F32);
        }
    }

    [TestCase(0)]
    [TestCase(127)]
    [TestCase(128)]
    [TestCase(129)]
    [TestCase(300)]
    public void Gram_AroundABlock_IsTheDefinition(int rows)
    {
        Check(rows, 19, transposed: false, DataType.F32);
        Check(rows, 19, transposed: true, DataType.F32);
    }

    [Test]
    public void Gram_OfAnyType_IsTheDefinition([Values(DataType.F32, DataType.F16, DataType.BF16)] DataType type, [Values] bool transposed) =>
        Check(150, 37, transposed, type);

    [Test]
    public void Gram_OfABlockOfATensor_ReadsThatBlock()
    {
        using HostTensor whole = Random(50, 60, DataType.F32, 4);
        float[] values = whole.ToSingles();
        using HostTensor result = new(DataType.F64, new TensorShape(20, 20));

        Device.Gram(Matrix.Of(whole).Block(3, 5, 31, 20), result);

        double[] expected = Definition((k, line) => values[((3 + k) * 60) + 5 + line], 20, 31);
        Assert.That(result.AsSpan<double>(0, 400).SequenceEqual(expected));
    }

    [Test]
    public void Gram_OnAnyThreads_WithEveryKernel_GivesTheSameBits([Values(100, 300, 530)] int columns)
    {
        const int rows = 270;
        using HostTensor operand = Random(rows, columns, DataType.F32, columns);
        DoubleLines lines = new(operand.Address(0), DataType.F32, columns, false, columns);
        double[] first = new double[columns * columns];
        double[] other = new double[columns * columns];
        fixed (double* expected = first)
        fixed (double* result = other)
        {
            DoubleGemm.Gram<DoubleKernel512>(lines, rows, expected, 1, CancellationToken.None);
            foreach (int threads in new[] { 1, 2, 7 })
            {
                DoubleGemm.Gram<DoubleKernel512>(lines, rows, result, threads, CancellationToken.None);
                Assert.That(other.AsSpan().SequenceEqual(first), $"512 bits, {threads} threads");
                DoubleGemm.Gram<DoubleKernel256>(lines, rows, result, threads, CancellationToken.None);
                Assert.That(other.AsSpan().SequenceEqual(first), $"256 bits, {threads} threads");
            }

            DoubleGemm.Gram<DoubleKernel128>(lines, rows, result, 1, CancellationToken.None);
            Assert.That(other.AsSpan().SequenceEqual(first), "128 bits");
        }
    }

    [Test]
    public void Gram_WithANaN_SpoilsItsRowAndColumn()
    {
        using HostTensor operand = Random(9, 17, DataType.F32, 2);
        operand.AsSpan<float>((4 * 17) + 6, 1)[0] = float.NaN;
        using HostTensor result = new(DataType.F64, new TensorShape(17, 17));

        Device.Gram(Matrix.Of(operand), result);

        ReadOnlySpan<double> products = result.AsSpan<double>(0, 17 * 17);
        for (int i = 0; i < products.Length; i++)
        {
            Assert.That(double.IsNaN(products[i]), Is.EqualTo(i / 17 == 6 || i % 17 == 6), $"{i}");
        }
    }

    [Test]
    public void MatMul_InDouble_IsTheDefinition(
        [Values] bool transposeLeft, [Values] bool transposeRight, [Values(DataType.F32, DataType.F64)] DataType resultType, [Values(0f, -2f)] float beta)
    {
        foreach ((int m, int n, int k) in new[] { (1, 1, 1), (70, 19, 150), (16, 270, 40), (65, 17, 300), (3, 5, 0) })
        {
            using HostTensor a = transposeLeft ? Random(k, m, DataType.F64, 1) : Random(m, k, DataType.F64, 1);
            using HostTensor b = transposeRight ? Random(n, k, DataType.BF16, 2) : Random(k, n, DataType.BF16, 2);
            using HostTensor c = Random(m, n, resultType, 3);
            double[] left = a.AsSpan<double>(0, m * k).ToArray();
            float[] right = b.ToSingles();
            double[] before = Doubles(c);

            Device.MatMul(
                transposeLeft ? Matrix.Of(a).Transposed : Matrix.Of(a), transposeRight ? Matrix.Of(b).Transposed : Matrix.Of(b), Matrix.Of(c), alpha: 0.5f, beta);

            double[] after = Doubles(c);
            for (int i = 0; i < m * n; i++)
            {
                (int row, int column) = (i / n, i % n);
                double sum = 0.5 * Chain(
                    depth => left[transposeLeft ? (depth * m) + row : (row * k) + depth], depth => right[transposeRight ? (column * k) + depth : (depth * n) + column], k);
                double expected = beta == 0 ? sum : Math.FusedMultiplyAdd(beta, before[i], sum);
                Assert.That(after[i], Is.EqualTo(resultType == DataType.F32 ? (float)expected : expected), $"{m} × {n} × {k}: {i}");
            }
        }
    }

    [Test]
    public void MatMul_InDouble_OnAnyThreads_WithEveryKernel_GivesTheSameBits()
    {
        const int m = 130;
        const int n = 270;
        const int k = 140;
        using HostTensor a = Random(m, k, DataType.F32, 1);
        using HostTensor b = Random(k, n, DataType.F64, 2);
        DoubleLines left = new(a.Address(0), DataType.F32, k, true, m);
        DoubleLines right = new(b.Address(0), DataType.F64, n, false, n);
        using HostTensor expected = new(DataType.F64, new TensorShape(m, n));
        using HostTensor other = new(DataType.F64, new TensorShape(m, n));
        DoubleResult result = new(other.Address(0), true, m, n, n);
        DoubleGemm.Multiply<DoubleKernel512>(left, right, k, new DoubleResult(expected.Address(0), true, m, n, n), 1, 0, 1, CancellationToken.None);

        foreach (int threads in new[] { 1, 3 })
        {
            DoubleGemm.Multiply<DoubleKernel512>(left, right, k, result, 1, 0, threads, CancellationToken.None);
            Assert.That(other.AsSpan<double>(0, m * n).SequenceEqual(expected.AsSpan<double>(0, m * n)), $"512 bits, {threads} threads");
            DoubleGemm.Multiply<DoubleKernel256>(left, right, k, result, 1, 0, threads, CancellationToken.None);
            Assert.That(other.AsSpan<double>(0, m * n).SequenceEqual(expected.AsSpan<double>(0, m * n)), $"256 bits, {threads} threads");
        }

        DoubleGemm.Multiply<DoubleKernel128>(left, right, k, result, 1, 0, 1, CancellationToken.None);
        Assert.That(other.AsSpan<double>(0, m * n).SequenceEqual(expected.AsSpan<double>(0, m * n)), "128 bits");
    }

    [Test]
    public void Gram_WhenCancelled_Throws()
    {
        using HostTensor operand = Random(9, 17, DataType.F32, 2);
        using HostTensor result = new(DataType.F64, new TensorShape(17, 17));
        Assert.That(() => Device.Gram(Matrix.Of(operand), result, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Gram_OfWhatDoesNotFit_IsRefused()
    {
        using HostTensor operand = Random(9, 17, DataType.F32, 2);
        using HostTensor doubles = new(DataType.F64, new TensorShape(9, 17));
        using HostTensor floats = new(DataType.F32, new TensorShape(17, 17));
        using HostTensor small = new(DataType.F64, new TensorShape(9, 9));
        using HostTensor result = new(DataType.F64, new TensorShape(17, 17));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Device.Gram(Matrix.Of(doubles), result), Throws.ArgumentException.With.Message.Contains("9 × 17 F64"));
            Assert.That(() => Device.Gram(Matrix.Of(operand), floats), Throws.ArgumentException.With.Message.Contains("F32"));
            Assert.That(() => Device.Gram(Matrix.Of(operand), small), Throws.ArgumentException.With.Message.Contains("[17, 17]"));
        }
    }

    private static void Check(int rows, int columns, bool transposed, DataType type)
    {
        using HostTensor operand = transposed ? Random(columns, rows, type, rows) : Random(rows, columns, type, rows);
        float[] values = operand.ToSingles();
        using HostTensor result = new(DataType.F64, new TensorShape(columns, columns));

        Device.Gram(transposed ? Matrix.Of(operand).Transposed : Matrix.Of(operand), result);

        double[] expected = Definition((k, line) => values[transposed ? (line * rows) + k : (k * columns) + line], columns, rows);
        Assert.That(result.AsSpan<double>(0, columns * columns).SequenceEqual(expected), $"{rows} × {columns}");
    }

    private static double[] Definition(Func<int, int, float> value, int columns, int rows)
    {
        double[] products = new double[columns * columns];
        for (int i = 0; i < products.Length; i++)
        {
            products[i] = Chain(k => value(k, i / columns), k => value(k, i % columns), rows);
        }

        return products;
    }

    private static double Chain(Func<int, double> left, Func<int, double> right, int depth)
    {
        double sum = 0;
        for (int first = 0; first < depth; first += 128)
        {
            double chain = 0;
            for (int k = first; k < Math.Min(first + 128, depth); k++)
            {
                chain = Math.FusedMultiplyAdd(left(k), right(k), chain);
            }

            sum += chain;
        }

        return sum;
    }

    private static double[] Doubles(HostTensor tensor) => tensor.DataType == DataType.F64
        ? tensor.AsSpan<double>(0, (int)tensor.Shape.ElementCount).ToArray()
        : [.. tensor.ToSingles().Select(value => (double)value)];

    private static HostTensor Random(int rows, int columns, DataType type, int seed)
    {
        Random random = new(seed);
        if (type != DataType.F64)
        {
            return HostTensor.FromSingles([.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)], new TensorShape(rows, columns), type);
        }

        HostTensor tensor = new(type, new TensorShape(rows, columns));
        foreach (ref double value in tensor.AsSpan<double>(0, rows * columns))
        {
            value = random.NextDouble() - 0.5;
        }

        return tensor;
    }
}
