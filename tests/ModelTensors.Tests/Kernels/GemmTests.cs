using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed class GemmTests
{
    private const int Slice = GemmBlocking.MaximumDepth;

    /// <summary>Around the tile edges of every kernel: rows 6, 8, 12; columns 8, 16, 32.</summary>
    private static readonly int[] Edges = [1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31, 32, 33];

    private static readonly DataType[] Types = [DataType.F32, DataType.BF16, DataType.F16];

    [Test]
    public void Multiply_AtEveryTileEdge_EqualsThreePlainLoops([Values] bool transposeA, [Values] bool transposeB)
    {
        foreach (int m in Edges)
        {
            foreach (int n in Edges)
            {
                Check(new Case(m, n, 1 + ((m + n) % 19), transposeA, transposeB));
            }
        }
    }

    [Test]
    public void Multiply_AtEveryDepthRemainder_EqualsThreePlainLoops([Values] bool transposeA, [Values] bool transposeB)
    {
        for (int k = 0; k <= 34; k++)
        {
            Check(new Case(14, 35, k, transposeA, transposeB));
        }
    }

    [Test]
    public void Multiply_AroundTheDepthOfASlice_EqualsThreePlainLoops(
        [Values(Slice - 1, Slice, Slice + 1, (2 * Slice) + 3)] int k, [Values(0f, 1f, -0.5f)] float alpha, [Values(0f, 1f, -0.5f)] float beta)
    {
        Check(new Case(13, 33, k, Alpha: alpha, Beta: beta));
        Check(new Case(24, 64, k, TransposeB: true, Alpha: alpha, Beta: beta));
    }

    [Test]
    public void Multiply_OfMixedTypes_EqualsThreePlainLoopsOverTheWidenedValues(
        [ValueSource(nameof(Types))] DataType a, [ValueSource(nameof(Types))] DataType b, [Values] bool transposed) =>
        Check(new Case(19, 37, 45, transposed, !transposed, TypeA: a, TypeB: b, Alpha: -0.5f, Beta: 1));

    [Test]
    public void Multiply_OnAnyNumberOfThreads_GivesTheSameBits([Values(1, 2, 7)] int threads, [Values(0f, -0.5f)] float beta)
    {
        // Above the threshold under which one thread does it all, over several blocks and two slices.
        Check(new Case(205, 261, Slice + 9, TransposeB: true, TypeB: DataType.BF16, Beta: beta, Threads: threads));
        Check(new Case(1, 2100, 600, Threads: threads, Beta: beta));
    }

    [Test]
    public void Multiply_OfManyBlocks_EqualsThreePlainLoops()
    {
        Check(new Case(1030, 3, 5));
        Check(new Case(3, 1030, 5, TransposeA: true));
    }

    [Test]
    public void Run_WithEveryKernel_GivesTheSameBits([Values(0f, 1f)] float beta)
    {
        Case test = new(29, 71, Slice + 5, TransposeA: true, TypeA: DataType.F16, Beta: beta);
        CheckWith<MicroKernel512>(test);
        CheckWith<MicroKernel256>(test);
        CheckWith<MicroKernel128>(test);
    }

    [Test]
    public void Multiply_OfRandomCases_EqualsThreePlainLoops([Range(1, 40)] int seed)
    {
        Random random = new(seed);
        float[] factors = [0, 1, -0.5f];
        Check(new Case(
            random.Next(1, 70),
            random.Next(1, 140),
            random.Next(0, 60),
            random.Next(2) == 0,
            random.Next(2) == 0,
            Types[random.Next(3)],
            Types[random.Next(3)],
            factors[random.Next(3)],
            factors[random.Next(3)],
            random.Next(1, 8),
            random.Next(0, 5)));
    }

    [Test]
    public void Multiply_WithoutK_ScalesC()
    {
        GemmMatrix c = Product(new Case(5, 7, 0, Alpha: 3, Beta: -0.5f), out float[] expected);
        using (Assert.EnterMultipleScope())
        {
            AssertSameBits(c.Floats, expected);
            Assert.That(c.Floats[0], Is.EqualTo(-0.5f * new GemmMatrix(5, 7, 3, DataType.F32, seed: 3)[0, 0]));
        }
    }

    [TestCase(0, 7)]
    [TestCase(5, 0)]
    [TestCase(0, 0)]
    public void Multiply_WithoutRowsOrColumns_DoesNothing(int m, int n) => Check(new Case(m, n, 4));

    [Test]
    public void Multiply_WithBetaZero_DoesNotReadC([Values(4, Slice + 1)] int k)
    {
        GemmMatrix a = new(13, k, 0, DataType.F32, seed: 1);
        GemmMatrix b = new(k, 33, 0, DataType.F32, seed: 2);
        GemmMatrix c = new(13, 33, 0, DataType.F32, seed: 3);
        c.Floats.Fill(float.NaN);
        Multiply(a, false, b, c, alpha: 2);
        Assert.That(c.Floats.ToArray(), Has.None.NaN);
    }

    [Test]
    public void Multiply_WithNaNAndInfinity_SpoilsTheirRowsAndColumnsOnly([ValueSource(nameof(Types))] DataType type, [Values] bool transposed)
    {
        GemmMatrix a = new(transposed ? 20 : 15, transposed ? 15 : 20, 0, type, seed: 1);
        GemmMatrix b = new(20, 34, 0, type, seed: 2);
        GemmMatrix c = new(15, 34, 0, DataType.F32, seed: 3);
        a[4, 4] = float.NaN;
        b[7, 33] = float.PositiveInfinity;
        Multiply(a, transposed, b, c);
        List<string> wrong = [];
        for (int i = 0; i < 15; i++)
        {
            for (int j = 0; j < 34; j++)
            {
                float value = c.Floats[(i * 34) + j];
                bool isRight = i == 4 ? float.IsNaN(value) : j == 33 ? float.IsInfinity(value) : float.IsFinite(value);
                if (!isRight)
                {
                    wrong.Add($"[{i}, {j}] = {value}");
                }
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Multiply_ByOne_WidensEveryHalfExactly([Values] bool transposed)
    {
        // All 65,536 patterns pass through the packing, in both directions of it; the chain fma(x, 1, 0) keeps all of them but the sign of -0.
        GemmMatrix a = new(256, 256, 0, DataType.F16, seed: 1);
        GemmMatrix identity = new(256, 256, 0, DataType.F32, seed: 2);
        GemmMatrix c = new(256, 256, 0, DataType.F32, seed: 3);
        for (int i = 0; i < 256 * 256; i++)
        {
            Half half = BitConverter.UInt16BitsToHalf((ushort)i);
            a[i / 256, i % 256] = Half.IsFinite(half) ? (float)half : 0;
            identity[i / 256, i % 256] = i / 256 == i % 256 ? 1 : 0;
        }

        Multiply(a, transposed, identity, c, threads: 2);
        List<string> wrong = [];
        for (int i = 0; i < 256 * 256 && wrong.Count < 5; i++)
        {
            float expected = transposed ? a[i % 256, i / 256] : a[i / 256, i % 256];
            if (c.Floats[i] != expected)
            {
                wrong.Add($"{expected:R} became {c.Floats[i]:R}");
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Multiply_AgainstDoubles_StaysInsideTheErrorBound()
    {
        GemmMatrix a = new(40, 500, 0, DataType.F32, seed: 1);
        GemmMatrix b = new(500, 40, 0, DataType.F32, seed: 2);
        GemmMatrix c = new(40, 40, 0, DataType.F32, seed: 3);
        Multiply(a, false, b, c);
        double worst = 0;
        for (int i = 0; i < 40; i++)
        {
            for (int j = 0; j < 40; j++)
            {
                double sum = 0;
                double magnitude = 0;
                for (int k = 0; k < 500; k++)
                {
                    double product = (double)a[i, k] * b[k, j];
                    sum += product;
                    magnitude += Math.Abs(product);
                }

                worst = Math.Max(worst, Math.Abs(c.Floats[(i * 40) + j] - sum) / (500 * Math.Pow(2, -24) * magnitude));
            }
        }

        Assert.That(worst, Is.LessThan(1));
    }

    [Test]
    public void Multiply_OfShapesThatDoNotFit_Throws()
    {
        GemmMatrix a = new(3, 4, 0, DataType.F32, seed: 1);
        GemmMatrix b = new(5, 6, 0, DataType.F32, seed: 2);
        GemmMatrix c = new(3, 6, 0, DataType.F32, seed: 3);
        Assert.That(
            () => Multiply(a, false, b, c),
            Throws.ArgumentException.With.Message.Contains("op(A) is [3, 4], op(B) is [5, 6], C is [3, 6]"));
    }

    [Test]
    public unsafe void Operand_OfAnIntegerType_IsRefused() =>
        Assert.That(() => new GemmOperand(null, DataType.I32, 0, 0, 0), Throws.ArgumentException.With.Message.Contains("I32"));

    [Test]
    public void Multiply_WhenCancelled_Throws()
    {
        GemmMatrix a = new(4, 4, 0, DataType.F32, seed: 1);
        Assert.That(
            () => Gemm.Multiply(a.Operand(false), a.Operand(false), a.Result(), 1, 0, threads: 1, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private sealed record Case(
        int M,
        int N,
        int K,
        bool TransposeA = false,
        bool TransposeB = false,
        DataType TypeA = DataType.F32,
        DataType TypeB = DataType.F32,
        float Alpha = 1,
        float Beta = 0,
        int Threads = 1,
        int Padding = 3);

    private static void Multiply(GemmMatrix a, bool transposeA, GemmMatrix b, GemmMatrix c, float alpha = 1, int threads = 1)
    {
        Gemm.Multiply(a.Operand(transposeA), b.Operand(transposed: false), c.Result(), alpha, beta: 0, threads);
        KeepAlive(a, b, c);
    }

    /// <summary>Operands hold pointers alone: without this, a matrix that the test does not mention again is garbage during the product.</summary>
    private static void KeepAlive(GemmMatrix a, GemmMatrix b, GemmMatrix c)
    {
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
    }

    private static void Check(Case test)
    {
        GemmMatrix c = Product(test, out float[] expected);
        AssertSameBits(c.Floats, expected, test);
    }

    private static void CheckWith<TKernel>(Case test)
        where TKernel : struct, IMicroKernel
    {
        (GemmMatrix a, GemmMatrix b, GemmMatrix c) = Create(test);
        float[] expected = Expected(test, a, b, c);
        Gemm.Run<TKernel>(
            a.Operand(test.TransposeA), b.Operand(test.TransposeB), c.Result(), test.Alpha, test.Beta, test.Threads, CancellationToken.None);
        KeepAlive(a, b, c);
        AssertSameBits(c.Floats, expected, test);
    }

    private static GemmMatrix Product(Case test, out float[] expected)
    {
        (GemmMatrix a, GemmMatrix b, GemmMatrix c) = Create(test);
        expected = Expected(test, a, b, c);
        Gemm.Multiply(a.Operand(test.TransposeA), b.Operand(test.TransposeB), c.Result(), test.Alpha, test.Beta, test.Threads);
        KeepAlive(a, b, c);
        return c;
    }

    private static (GemmMatrix A, GemmMatrix B, GemmMatrix C) Create(Case test) =>
    (
        new(test.TransposeA ? test.K : test.M, test.TransposeA ? test.M : test.K, test.Padding, test.TypeA, seed: 1),
        new(test.TransposeB ? test.N : test.K, test.TransposeB ? test.K : test.N, test.Padding, test.TypeB, seed: 2),
        new(test.M, test.N, test.Padding, DataType.F32, seed: 3));

    /// <summary>The definition: three loops, one accumulator for each element; the padding of C stays as it was.</summary>
    private static float[] Expected(Case test, GemmMatrix a, GemmMatrix b, GemmMatrix c)
    {
        float[] expected = [.. c.Values];
        for (int i = 0; i < test.M; i++)
        {
            for (int j = 0; j < test.N; j++)
            {
                float sum = 0;
                for (int k = 0; k < test.K; k++)
                {
                    sum = MathF.FusedMultiplyAdd(test.TransposeA ? a[k, i] : a[i, k], test.TransposeB ? b[j, k] : b[k, j], sum);
                }

                float product = test.Alpha * sum;
                expected[(i * c.Stride) + j] = test.Beta == 0 ? product : MathF.FusedMultiplyAdd(test.Beta, c[i, j], product);
            }
        }

        return expected;
    }

    private static void AssertSameBits(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, Case? test = null)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            bool isSame = BitConverter.SingleToInt32Bits(actual[i]) == BitConverter.SingleToInt32Bits(expected[i]);
            if (!isSame && !(float.IsNaN(actual[i]) && float.IsNaN(expected[i])))
            {
                Assert.Fail($"Element {i} is {actual[i]:R}, not {expected[i]:R}: {test}");
            }
        }
    }
}
