using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed class PackedOperandTests
{
    private const float Alpha = 0.37f;

    private static readonly DataType[] Types = [DataType.F32, DataType.BF16, DataType.F16];

    [Test]
    public void AddProduct_OfEveryRemainder_HasTheBitsOfThreePlainLoops([Values] bool transposeA, [Values] bool transposeB)
    {
        foreach (int m in (int[])[1, 2, 4, 5, 8, 9, 11, 12, 13, 24, 37])
        {
            foreach (int n in (int[])[1, 7, 8, 16, 31, 32, 33, 64, 97])
            {
                Check<MicroKernel512>(m, n, 1 + (n % 19), transposeA, transposeB);
            }
        }
    }

    [Test]
    public void AddProduct_OfAnyColumns_HasTheBitsOfThreePlainLoops([Values(0, 1, 31, 32, 40)] int first, [Values(1, 24, 33, 57)] int count)
    {
        Check<MicroKernel512>(14, 97, 5, false, false, first, count);
        Check<MicroKernel256>(14, 97, 5, false, true, first, count);
        Check<MicroKernel128>(14, 97, 5, true, false, first, count);
    }

    [Test]
    public void AddProduct_OfMoreRowsThanArePackedAtOnce_OrADeepProduct_HasTheBitsOfThreePlainLoops()
    {
        Check<MicroKernel512>(400, 33, 3, false, false);
        Check<MicroKernel256>(61, 20, 4000, false, true);
        Check<MicroKernel128>(7, 20, 0, false, false);
    }

    [Test]
    public void AddProduct_OfMixedTypes_HasTheBitsOfThreePlainLoops([ValueSource(nameof(Types))] DataType a, [ValueSource(nameof(Types))] DataType b, [Values] bool transposed) =>
        Check<MicroKernel512>(19, 37, 45, transposed, !transposed, typeA: a, typeB: b);

    [Test]
    public void AddProduct_HasTheBitsOfGemmWithBetaOne()
    {
        GemmMatrix a = new(23, 29, 1, DataType.BF16, seed: 1);
        GemmMatrix b = new(29, 71, 2, DataType.F16, seed: 2);
        GemmMatrix c = new(23, 71, 3, DataType.F32, seed: 3);
        GemmMatrix expected = new(23, 71, 3, DataType.F32, seed: 3);
        Gemm.Multiply(a.Operand(transposed: false), b.Operand(transposed: false), expected.Result(), Alpha, 1, threads: 1);
        PackedOperand.Create(b.Operand(transposed: false)).AddProduct(a.Operand(transposed: false), 0, c.Result(), Alpha);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        Assert.That(MemoryMarshal.AsBytes(c.Floats).SequenceEqual(MemoryMarshal.AsBytes(expected.Floats)));
    }

    [Test]
    public void AddProduct_OfNonFiniteFactors_ShowsThem()
    {
        GemmMatrix a = new(3, 1, 0, DataType.F32, seed: 1) { [0, 0] = float.NaN, [1, 0] = float.PositiveInfinity, [2, 0] = 3 };
        GemmMatrix b = new(1, 40, 0, DataType.F32, seed: 1);
        GemmMatrix c = new(3, 40, 0, DataType.F32, seed: 1);
        for (int column = 0; column < 40; column++)
        {
            b[0, column] = 1;
        }

        PackedOperand.Create(b.Operand(transposed: false)).AddProduct(a.Operand(transposed: false), 0, c.Result(), 1);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        float[] values = c.Floats.ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(values[..40], Is.All.NaN);
            Assert.That(values[40..80], Is.All.EqualTo(float.PositiveInfinity));
            Assert.That(values[80..].All(float.IsFinite));
        }
    }

    [Test]
    public void AddProduct_OfSizesThatDoNotFit_IsRefused()
    {
        GemmMatrix a = new(2, 3, 0, DataType.F32, seed: 1);
        GemmMatrix c = new(2, 5, 0, DataType.F32, seed: 1);
        GemmMatrix packed = new(3, 6, 0, DataType.F32, seed: 1);
        PackedOperand b = PackedOperand.Create(packed.Operand(transposed: false));
        GC.KeepAlive(packed);
        using (Assert.EnterMultipleScope())
        {
            Assert.Throws<ArgumentException>(() => b.AddProduct(a.Operand(transposed: false), 2, c.Result(), 1));
            Assert.Throws<ArgumentException>(() => b.AddProduct(a.Operand(transposed: true), 0, c.Result(), 1));
        }
    }

    private static void Check<TKernel>(
        int m, int n, int k, bool transposeA, bool transposeB, int first = 0, int? count = null, DataType typeA = DataType.F32, DataType typeB = DataType.F32)
        where TKernel : struct, IMicroKernel
    {
        GemmMatrix a = transposeA ? new(k, m, 3, typeA, seed: 1) : new(m, k, 3, typeA, seed: 1);
        GemmMatrix b = transposeB ? new(n, k, 2, typeB, seed: 2) : new(k, n, 2, typeB, seed: 2);
        GemmMatrix c = new(m, count ?? n, 1, DataType.F32, seed: 3);
        float[] expected = c.Floats.ToArray();
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < c.Columns; column++)
            {
                float sum = 0;
                for (int depth = 0; depth < k; depth++)
                {
                    int other = first + column;
                    sum = MathF.FusedMultiplyAdd(transposeA ? a[depth, row] : a[row, depth], transposeB ? b[other, depth] : b[depth, other], sum);
                }

                int index = (row * c.Stride) + column;
                expected[index] += Alpha * sum;
            }
        }

        new PackedOperand<TKernel>(b.Operand(transposeB)).AddProduct(a.Operand(transposeA), first, c.Result(), Alpha);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        Assert.That(MemoryMarshal.AsBytes(c.Floats).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan())), $"{m} x {c.Columns} x {k} from column {first}");
    }
}
