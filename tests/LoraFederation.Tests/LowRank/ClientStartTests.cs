using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.LowRank;

/// <summary>What clients start the next round from.</summary>
public sealed class ClientStartTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    [Test]
    public void WarmStart_OfAnyRankAndScaling_LosesNothing([Values(1, 2, 5, 9, 12, 20)] int rank, [Values(0.01, 1, 2, 7.3)] double scaling)
    {
        using LowRankSum sum = Sums.Random(7, 21, 18, [4, 8], [0.3, 0.7]);
        double[] product = Sums.Product(sum);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device);

        using WarmStart start = WarmStart.Create(factors, rank, scaling);

        double[] trainable = Sums.Product(start.Trainable.B, start.Trainable.A);
        double[] frozen = Sums.Product(start.FrozenLeft, start.FrozenRight);
        double[] effect = [.. trainable.Zip(frozen, (own, rest) => (scaling * own) + rest)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Sums.Distance(effect, product), Is.LessThanOrEqualTo(1e-6 * Sums.Norm(product)));
            Assert.That(start.Trainable.B.Shape, Is.EqualTo(new TensorShape(21, rank)));
            Assert.That(start.Trainable.A.Shape, Is.EqualTo(new TensorShape(rank, 18)));
            Assert.That(start.FrozenLeft.Shape, Is.EqualTo(new TensorShape(21, Math.Max(0, 12 - rank))));
            Assert.That(start.Trainable.Scaling, Is.EqualTo(scaling));
        }
    }

    [Test]
    public void WarmStart_BeyondTheAggregate_HasFreshComponents_OfTheKey()
    {
        using LowRankSum sum = Sums.Random(7, 10, 100, [2], [1]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device);
        using WarmStart start = WarmStart.Create(factors, 4, 2, new PhiloxKey(1, 2));
        using WarmStart again = WarmStart.Create(factors, 4, 2, new PhiloxKey(1, 2));
        using WarmStart other = WarmStart.Create(factors, 4, 2, new PhiloxKey(1, 3));
        float[] b = start.Trainable.B.ToSingles();
        float[] a = start.Trainable.A.ToSingles();
        float[] fresh = a[200..];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(b.Where((_, i) => i % 4 >= 2), Is.All.Zero);
            Assert.That(b.Where((_, i) => i % 4 < 2), Has.None.Zero);
            Assert.That(fresh.Select(Math.Abs), Is.All.LessThanOrEqualTo(0.1f));
            Assert.That(fresh.Select(Math.Abs).Max(), Is.GreaterThan(0.09f));
            Assert.That(a.Skip(300), Is.Not.EqualTo(a.Skip(200).Take(100)));
            Assert.That(again.Trainable.A.ToSingles(), Is.EqualTo(a));
            Assert.That(other.Trainable.A.ToSingles(), Is.Not.EqualTo(a));
        }
    }

    [Test]
    public void ClientSlice_IsTheBestUpdateOfItsRank_WithOrthonormalA([Values(1, 3, 6)] int rank)
    {
        using LowRankSum sum = Sums.Random(7, 21, 18, [4, 2], [0.3, 0.7]);
        double[] product = Sums.Product(sum);
        double optimal = Sums.Norm(Sums.SingularValues(product, 21, 18).Skip(rank));
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device);

        using ClientFactors slice = ClientSlice.Create(factors, rank, 4);

        double[] effect = [.. Sums.Product(slice.B, slice.A).Select(value => 4 * value)];
        Assert.That(Sums.Distance(effect, product), Is.EqualTo(optimal).Within(1e-6 * Sums.Norm(product)));
        float[] a = slice.A.ToSingles();
        for (int i = 0; i < rank; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double inner = Enumerable.Range(0, 18).Sum(k => (double)a[(i * 18) + k] * a[(j * 18) + k]);
                Assert.That(inner, Is.EqualTo(i == j ? 1 : 0).Within(1e-6));
            }
        }
    }

    [Test]
    public void Starts_WithBadSettings_AreRefused()
    {
        using LowRankSum sum = Sums.Random(7, 10, 10, [2], [1]);
        using OrderedFactors factors = TruncatedSvd.Decompose(sum, Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => WarmStart.Create(factors, 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => WarmStart.Create(factors, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => ClientSlice.Create(factors, 1, double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => ClientSlice.Create(factors, 1, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void Cumulative_OfEnoughRank_IsTheSumOfAllRounds()
    {
        TruncationOptions options = new() { MaximumRank = 15 };
        using LowRankSum first = Sums.Random(1, 20, 17, [3, 2], [1, 0.5]);
        using LowRankSum second = Sums.Random(2, 20, 17, [5], [-0.25]);
        using LowRankSum third = Sums.Random(3, 20, 17, [5], [2]);
        double[] product = [.. Sums.Product(first).Zip(Sums.Product(second), Sums.Product(third)).Select(values => values.First + values.Second + values.Third)];

        using CumulativeAdapter one = CumulativeAdapter.Start(first, Device, options);
        using CumulativeAdapter two = one.Add(second, Device, options);
        using CumulativeAdapter three = two.Add(third, Device, options);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Sums.Distance(Sums.Product(three.Factors.Left, three.Factors.Right), product), Is.LessThanOrEqualTo(1e-6 * Sums.Norm(product)));
            Assert.That(three.TruncationErrorBound, Is.Zero);
            Assert.That(three.TruncationError, Is.Zero);
        }
    }

    [Test]
    public void Cumulative_AtABoundedRank_SaysHowFarItIs([Range(1, 8)] int rank)
    {
        TruncationOptions options = new() { MaximumRank = rank };
        double[] product = new double[20 * 17];
        CumulativeAdapter? adapter = null;
        double squares = 0;
        for (int round = 0; round < 5; round++)
        {
            using LowRankSum update = Sums.Random(round, 20, 17, [3, 2], [1, 0.5]);
            product = [.. product.Zip(Sums.Product(update), (left, right) => left + right)];
            CumulativeAdapter next = adapter?.Add(update, Device, options) ?? CumulativeAdapter.Start(update, Device, options);
            adapter?.Dispose();
            adapter = next;
            squares += adapter.Factors.Tail * adapter.Factors.Tail;
        }

        double distance = Sums.Distance(Sums.Product(adapter!.Factors.Left, adapter.Factors.Right), product);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Factors.Rank, Is.EqualTo(rank));
            Assert.That(distance, Is.LessThanOrEqualTo(adapter.TruncationErrorBound * (1 + 1e-6)));
            Assert.That(distance, Is.GreaterThan(adapter.TruncationErrorBound / 5));
            Assert.That(adapter.TruncationError, Is.EqualTo(Math.Sqrt(squares)).Within(1e-12 * distance));
        }

        adapter.Dispose();
    }

    [Test]
    public void Cumulative_SavedAndResumed_GoesOnAsBefore()
    {
        TruncationOptions options = new() { MaximumRank = 4 };
        using LowRankSum first = Sums.Random(1, 20, 17, [3, 2], [1, 0.5]);
        using LowRankSum second = Sums.Random(2, 20, 17, [5], [1]);
        using CumulativeAdapter start = CumulativeAdapter.Start(first, Device, options);
        using LowRankSum saved = Sums.Of(start.Factors.Left.ToSingles(), start.Factors.Right.ToSingles(), 20, 17, [4], [1]);
        using CumulativeAdapter resumed = CumulativeAdapter.Resume(saved, start.TruncationError, start.TruncationErrorBound, Device, options);
        using CumulativeAdapter straight = start.Add(second, Device, options);
        using CumulativeAdapter onwards = resumed.Add(second, Device, options);
        double[] expected = Sums.Product(straight.Factors.Left, straight.Factors.Right);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Sums.Distance(Sums.Product(onwards.Factors.Left, onwards.Factors.Right), expected), Is.LessThan(1e-6 * Sums.Norm(expected)));
            Assert.That(onwards.TruncationErrorBound, Is.EqualTo(straight.TruncationErrorBound).Within(1e-6 * Sums.Norm(expected)));
        }

        using LowRankSum other = Sums.Random(2, 17, 20, [5], [1]);
        Assert.That(() => start.Add(other, Device, options), Throws.ArgumentException.With.Message.Contains("17 × 20"));
    }
}
