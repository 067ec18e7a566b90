using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

[Category("Kernels")]
public sealed class MatMulTests
{
    [Test]
    public void MatMul_OfBlocksAndTransposes_IsTheTripleLoop([Values] bool transposeLeft, [Values] bool transposeRight)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using HostTensor a = Random(30, 40, DataType.BF16, 1);
        using HostTensor b = Random(50, 35, DataType.F32, 2);
        using HostTensor c = Random(30, 30, DataType.F32, 3);
        Matrix left = transposeLeft ? Matrix.Of(a).Transposed.Block(2, 1, 20, 17) : Matrix.Of(a).Block(1, 2, 20, 17);
        Matrix right = transposeRight ? Matrix.Of(b).Transposed.Block(3, 4, 17, 19) : Matrix.Of(b).Block(4, 3, 17, 19);
        Matrix result = Matrix.Of(c).Block(5, 6, 20, 19);
        float[] before = c.ToSingles();
        float[] av = a.ToSingles();
        float[] bv = b.ToSingles();

        device.MatMul(left, right, result, alpha: 0.5f, beta: -2);

        float[] after = c.ToSingles();
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < 20; i++)
            {
                for (int j = 0; j < 19; j++)
                {
                    float sum = 0;
                    for (int k = 0; k < 17; k++)
                    {
                        float x = transposeLeft ? av[((1 + k) * 40) + 2 + i] : av[((1 + i) * 40) + 2 + k];
                        float y = transposeRight ? bv[((4 + j) * 35) + 3 + k] : bv[((4 + k) * 35) + 3 + j];
                        sum = MathF.FusedMultiplyAdd(x, y, sum);
                    }

                    int index = ((5 + i) * 30) + 6 + j;
                    Assert.That(after[index], Is.EqualTo(MathF.FusedMultiplyAdd(-2, before[index], 0.5f * sum)));
                    before[index] = after[index];
                }
            }

            Assert.That(after, Is.EqualTo(before), "Only the block is written.");
        }
    }

    [Test]
    public void MatMul_RefusesWhatDoesNotFit()
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using HostTensor a = Random(3, 4, DataType.F32, 1);
        using HostTensor narrow = Random(4, 5, DataType.F32, 2);
        using HostTensor c = Random(3, 5, DataType.F32, 3);
        using HostTensor integers = new(DataType.I32, new TensorShape(4, 5));
        using HostTensor halves = Random(3, 5, DataType.F16, 3);
        using HostTensor vector = Random(4, 5, DataType.F32, 4);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => device.MatMul(Matrix.Of(narrow), Matrix.Of(a), Matrix.Of(c)), Throws.ArgumentException.With.Message.Contain("4 × 5"));
            Assert.That(() => device.MatMul(Matrix.Of(a), Matrix.Of(integers), Matrix.Of(c)), Throws.ArgumentException.With.Message.Contain("I32"));
            Assert.That(() => device.MatMul(Matrix.Of(a), Matrix.Of(narrow), Matrix.Of(halves)), Throws.ArgumentException.With.Message.Contain("F16"));
            Assert.That(() => device.MatMul(Matrix.Of(a), Matrix.Of(narrow), Matrix.Of(c).Transposed), Throws.ArgumentException);
            Assert.That(() => Matrix.Of(a).Block(1, 1, 3, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static HostTensor Random(int rows, int columns, DataType type, int seed)
    {
        Random random = new(seed);
        return HostTensor.FromSingles([.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)], new TensorShape(rows, columns), type);
    }
}
