using FsCheck;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.LowRank;

public sealed class TruncatedSvdTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    [Test]
    public void Decompose_OfTwoByTwo_IsThatOnPaper()
    {
        // 2·(0, 1)ᵀ(-4, 0) + 1·(2, 0)ᵀ(0, 1) = [[0, 2], [-8, 0]]: 8 with (0, 1) and (-1, 0), 2 with (1, 0) and (0, 1).
        using LowRankSum sum = Sums.Of([0, 2, 1, 0], [-4, 0, 0, 1], 2, 2, [1, 1], [2, 1]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(factors.SingularValues, Is.EqualTo([8.0, 2.0]).Within(1e-14));
            Assert.That(factors.Left.ToSingles(), Is.EqualTo([0, MathF.Sqrt(2), MathF.Sqrt(8), 0]).Within(1e-7f));
            Assert.That(factors.Right.ToSingles(), Is.EqualTo([-MathF.Sqrt(8), 0, 0, MathF.Sqrt(2)]).Within(1e-7f));
            Assert.That(factors.Tail, Is.Zero);
            Assert.That(factors.TotalNorm, Is.EqualTo(Math.Sqrt(68)).Within(1e-14));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Decompose_ToAnyRank_LeavesWhatTheBestApproximationLeaves(NonNegativeInt seed, NonNegativeInt rankChoice, int methodChoice)
    {
        SvdMethod method = (SvdMethod)((uint)methodChoice % 3);
        using LowRankSum sum = Sums.Any(seed.Get);
        int rank = rankChoice.Get % (sum.Rank + 2);
        double[] product = Sums.Product(sum);
        double[] values = Sums.SingularValues(product, sum.Rows, sum.Columns);

        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { MaximumRank = rank, Method = method });

        // The Gram method rounds against the largest summand, even where summands cancel.
        double total = Sums.Norm(product);
        double scale = method == SvdMethod.Gram ? LargestSummand(sum) : total;
        double optimal = Sums.Norm(values.Skip(factors.Rank));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(factors.Rank, Is.LessThanOrEqualTo(Math.Min(rank, values.Count(value => value > 1e-13 * LargestSummand(sum)))));
            Assert.That(Sums.Distance(Sums.Product(factors.Left, factors.Right), product), Is.EqualTo(optimal).Within(1e-6 * scale));
            Assert.That(optimal, Is.EqualTo(Sums.Norm(values.Skip(rank))).Within(1e-6 * scale), "no component that matters is missing");
            Assert.That(factors.Tail, Is.EqualTo(optimal).Within(1e-6 * scale));
            Assert.That(factors.TotalNorm, Is.EqualTo(total).Within(1e-6 * scale));
            Assert.That(factors.SingularValues, Is.EqualTo(values.Take(factors.Rank)).Within(1e-6 * scale));
        }
    }

    [Test]
    public void Decompose_WithoutCut_IsTheSum([Range(0, 30)] int seed)
    {
        using LowRankSum sum = Sums.Any(seed);
        double[] product = Sums.Product(sum);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device);
        Assert.That(Sums.Distance(Sums.Product(factors.Left, factors.Right), product), Is.LessThanOrEqualTo(1e-6 * Sums.Norm(product)));
        Assert.That(factors.Tail, Is.Zero);
    }

    [Test]
    public void Decompose_IsBalanced_AndOrthogonal([Values] SvdMethod method)
    {
        using LowRankSum sum = Sums.Random(3, 40, 30, [4, 5, 3], [0.5, -0.25, 1]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { MaximumRank = 7, Method = method });
        float[] left = factors.Left.ToSingles();
        float[] right = factors.Right.ToSingles();
        for (int i = 0; i < 7; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double leftProduct = Enumerable.Range(0, 40).Sum(row => (double)left[(row * 7) + i] * left[(row * 7) + j]);
                double rightProduct = Enumerable.Range(0, 30).Sum(column => (double)right[(i * 30) + column] * right[(j * 30) + column]);
                double expected = i == j ? factors.SingularValues[i] : 0;
                Assert.That(leftProduct, Is.EqualTo(expected).Within(1e-6 * factors.SingularValues[0]));
                Assert.That(rightProduct, Is.EqualTo(expected).Within(1e-6 * factors.SingularValues[0]));
            }

            float[] column = [.. Enumerable.Range(0, 40).Select(row => left[(row * 7) + i])];
            Assert.That(column.MaxBy(Math.Abs), Is.Positive, "sign");
        }
    }

    [Test]
    public void Decompose_OnAnyThreads_GivesTheSameBits([Values] SvdMethod method)
    {
        using LowRankSum sum = Sums.Random(4, 300, 270, [32, 20], [1, 0.5]);
        byte[]? first = null;
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
            using OrderedFactors factors = TruncatedSvd.Decompose(sum, device, new TruncationOptions { MaximumRank = 9, Method = method });
            byte[] bytes = [.. Testing.Dense.Bytes(factors.Left.Source), .. Testing.Dense.Bytes(factors.Right.Source)];
            first ??= bytes;
            Assert.That(bytes.AsSpan().SequenceEqual(first), $"{threads} threads");
        }
    }

    [Test]
    public void Decompose_OfAZeroFactor_HasNoComponents([Values] SvdMethod method)
    {
        using LowRankSum sum = Sums.Of(new float[6], [1, 2, 3, 4, 5, 6, 7, 8], 3, 4, [2], [1]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { MaximumRank = 2, Method = method });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(factors.Rank, Is.Zero);
            Assert.That(factors.Left.Shape, Is.EqualTo(new TensorShape(3, 0)));
            Assert.That(factors.Right.Shape, Is.EqualTo(new TensorShape(0, 4)));
            Assert.That(factors.TotalNorm, Is.Zero);
            Assert.That(TruncatedSvd.Spectrum(sum, Device, method), Is.Empty);
        }
    }

    [Test]
    public void Decompose_OfTermsThatCancel_HasNoComponents()
    {
        using LowRankSum one = Sums.Random(5, 12, 9, [3], [1]);
        float[] left = one.Left.ToSingles();
        float[] right = one.Right.ToSingles();
        float[] twice = [.. Enumerable.Range(0, 12 * 6).Select(i => left[(i / 6 * 3) + (i % 3)])];
        using LowRankSum sum = Sums.Of(twice, [.. right, .. right], 12, 9, [3, 3], [0.75, -0.75]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device);
        Assert.That(factors.Rank, Is.Zero);
    }

    [Test]
    public void Decompose_WhereLargeTermsNearlyCancel_IsExactAllTheSame()
    {
        // A thousand times B A, less the same with B off by a thousandth here and there.
        using LowRankSum one = Sums.Random(5, 12, 9, [3], [1]);
        float[] left = one.Left.ToSingles();
        float[] right = one.Right.ToSingles();
        float[] twice = [.. Enumerable.Range(0, 12 * 6).Select(i => left[(i / 6 * 3) + (i % 3)] + (i % 6 >= 3 && i % 7 == 0 ? 1e-4f : 0))];
        using LowRankSum sum = Sums.Of(twice, [.. right, .. right], 12, 9, [3, 3], [1000, -1000]);
        double[] product = Sums.Product(sum);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { MaximumRank = 5 });
        Assert.That(Sums.Distance(Sums.Product(factors.Left, factors.Right), product), Is.LessThanOrEqualTo(1e-6 * Sums.Norm(product)));
    }

    [Test]
    public void Decompose_OfEqualSingularValues_KeepsAnyOfThem([Values] SvdMethod method)
    {
        // The identity of five, as five terms.
        float[] identity = [.. Enumerable.Range(0, 25).Select(i => i % 6 == 0 ? 1f : 0)];
        using LowRankSum sum = Sums.Of(identity, identity, 5, 5, [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { MaximumRank = 3, Method = method });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(factors.SingularValues, Is.EqualTo([1.0, 1.0, 1.0]).Within(1e-14));
            Assert.That(factors.Tail, Is.EqualTo(Math.Sqrt(2)).Within(1e-14));
            Assert.That(Sums.Distance(Sums.Product(factors.Left, factors.Right), Sums.Product(sum)), Is.EqualTo(Math.Sqrt(2)).Within(1e-6));
        }
    }

    [TestCase(1.0, 4)]
    [TestCase(0.99, 3)]
    [TestCase(0.75, 2)]
    [TestCase(0.25, 1)]
    [TestCase(1e-9, 1)]
    public void Decompose_ToAShareOfTheEnergy_KeepsTheFewest(double energy, int expected)
    {
        // Squares 64, 36, 16, 0.25 of the sum 116.25: shares 0.55, 0.86, 0.998, 1.
        float[] left = [.. Enumerable.Range(0, 16).Select(i => i % 5 == 0 ? 1f : 0)];
        float[] right = [8, 0, 0, 0, 0, 6, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0.5f];
        using LowRankSum sum = Sums.Of(left, right, 4, 4, [2, 2], [1, 1]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { Energy = energy });
        using OrderedFactors atLeast = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { Energy = energy, MinimumRank = 2 });
        using OrderedFactors atMost = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { Energy = energy, MaximumRank = 2 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(factors.Rank, Is.EqualTo(expected));
            Assert.That(atLeast.Rank, Is.EqualTo(Math.Max(2, expected)));
            Assert.That(atMost.Rank, Is.EqualTo(Math.Min(2, expected)));
        }
    }

    [Test]
    public void Slice_IsTheBestApproximationOfItsRank()
    {
        using LowRankSum sum = Sums.Random(9, 25, 31, [6, 8], [1, 2]);
        double[] product = Sums.Product(sum);
        double[] values = Sums.SingularValues(product, 25, 31);
        using OrderedFactors all = TruncatedSvd.Decompose(sum, Device, new TruncationOptions { MaximumRank = 10 });
        for (int rank = 0; rank <= 12; rank++)
        {
            using OrderedFactors slice = all.Slice(rank);
            double optimal = Sums.Norm(values.Skip(Math.Min(rank, 10)));
            Assert.That(slice.Rank, Is.EqualTo(Math.Min(rank, 10)));
            Assert.That(slice.Tail, Is.EqualTo(optimal).Within(1e-6 * all.TotalNorm));
            Assert.That(slice.TotalNorm, Is.EqualTo(all.TotalNorm).Within(1e-12 * all.TotalNorm));
            Assert.That(Sums.Distance(Sums.Product(slice.Left, slice.Right), product), Is.EqualTo(optimal).Within(1e-6 * all.TotalNorm));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void Spectrum_IsThatOfTheMatrixInFull(NonNegativeInt seed, int methodChoice)
    {
        SvdMethod method = (SvdMethod)((uint)methodChoice % 3);
        using LowRankSum sum = Sums.Any(seed.Get);
        double[] expected = Sums.SingularValues(Sums.Product(sum), sum.Rows, sum.Columns);
        double tolerance = (method == SvdMethod.Gram ? 1e-6 : 1e-12) * LargestSummand(sum);

        IReadOnlyList<double> values = TruncatedSvd.Spectrum(sum, Device, method);

        Assert.That(values, Is.EqualTo(expected.Take(values.Count)).Within(tolerance));
        Assert.That(expected.Skip(values.Count), Is.All.LessThanOrEqualTo(tolerance));
    }

    [Test]
    public void Decompose_OfFactorsThatAreNotFinite_IsRefused([Values] SvdMethod method)
    {
        using LowRankSum sum = Sums.Of([1, float.NaN], [1, 2], 2, 2, [1], [1]);
        Assert.That(() => TruncatedSvd.Decompose(sum, Device, new TruncationOptions { Method = method }), Throws.ArgumentException);
    }

    [Test]
    public void Options_OutOfRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new TruncationOptions { Energy = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TruncationOptions { Energy = 1.01 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TruncationOptions { Energy = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TruncationOptions { MinimumRank = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Sums.Random(1, 3, 3, [1, 2], [1]), Throws.ArgumentException.With.Message.Contains("1 + 2"));
        }
    }

    private static double LargestSummand(LowRankSum sum) => Enumerable.Range(0, sum.Coefficients.Count)
        .SelectMany(term => Enumerable.Range(sum.StartOf(term), sum.RankOf(term)).Select(k => Math.Abs(sum.Coefficients[term])
            * Sums.Norm(Enumerable.Range(0, (int)sum.Rows).Select(row => (double)sum.Left.AsSpan<float>(((long)row * sum.Rank) + k, 1)[0]))
            * Sums.Norm(Enumerable.Range(0, (int)sum.Columns).Select(column => (double)sum.Right.AsSpan<float>((k * sum.Columns) + column, 1)[0]))))
        .Max();
}
