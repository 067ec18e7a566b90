using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

/// <summary>Selections by keys other than the magnitude, and sparsifiers made of two selections.</summary>
[Category("Kernels")]
public sealed class SelectionKeyTests
{
    private const int Count = 300_000;

    [Test]
    public void SelectLargest_ByVariance_EqualsAFullSort([Values(1, 1000, 65_537, Count)] int count, [Values(0.1, 0.7)] double share)
    {
        float[][] models = [.. Enumerable.Range(0, 3).Select(model => Values(count, model))];

        // A third of the elements is the same in all models.
        for (int i = 0; i < count; i += 3)
        {
            models[1][i] = models[2][i] = models[0][i];
        }

        float[] variances = [.. Enumerable.Range(0, count).Select(i => Variance(models[0][i], models[1][i], models[2][i]))];
        using Rig rig = new(2, 65_536, [.. models, new float[count]]);
        long keep = (long)Math.Floor(variances.Count(value => value > 0) * share);

        ElementSelection selection = rig.Session.SelectLargest(
            [new SelectionRequest(SelectionKey.Variance([0, 1, 2]), 0) { ShareOfNonZero = share }], 3)[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(selection.Kept, Is.EqualTo(keep));
            if (keep > 0)
            {
                float threshold = variances.OrderDescending().ElementAt((int)keep - 1);
                Assert.That(selection.Threshold, Is.EqualTo(threshold));
                Assert.That(selection.Above, Is.EqualTo(variances.LongCount(value => value > threshold)));
            }
        }
    }

    [Test]
    public void SelectLargest_ByScaledMagnitude_EqualsAFullSort([Values(7, 64, 5000, Count)] int row, [Values(61, 65_536)] int tile)
    {
        int count = Count / row * row;
        float[] values = Values(count, 1);
        float[] factors = [.. Enumerable.Range(0, count / row).Select(i => 1f / (1 + (i % 5)))];
        float[] keys = [.. values.Select((value, i) => Math.Abs(value) * factors[i / row])];
        using Rig rig = new(2, tile, values);
        int[] keeps = [1, count / 4, count / 2, count];

        IReadOnlyList<ElementSelection> selections = rig.Session.SelectLargest(
            [.. keeps.Select(keep => new SelectionRequest(SelectionKey.ScaledMagnitude(0, factors), keep))]);

        float[] sorted = [.. keys.OrderDescending()];
        Assert.That(selections.Select(selection => (selection.Threshold, selection.Kept)), Is.EqualTo(keeps.Select(keep => (sorted[keep - 1], (long)keep))));
    }

    [Test]
    public void SelectLargest_OfAShareThatIsNone_KeepsNothing()
    {
        using Rig rig = new(2, 61, [1, 2, 3, 4], new float[4]);

        ElementSelection none = rig.Session.SelectLargest([new SelectionRequest(SelectionKey.Magnitude(0), 0) { ShareOfNonZero = 0.2 }], 1)[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(none.Kept, Is.Zero);
            Assert.That(rig.Map(Sparsifier.KeepSelected(none), 1), Is.All.Zero);
        }
    }

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void SelectLargest_OfAShareOutOfRange_IsRefused(double share)
    {
        using Rig rig = new(1, 61, [1, 2, 3, 4]);

        Assert.Throws<ArgumentOutOfRangeException>(
            () => rig.Session.SelectLargest([new SelectionRequest(SelectionKey.Magnitude(0), 0) { ShareOfNonZero = share }]));
    }

    // Magnitudes 1 to 12 in equal parts: each is a tie of 8 % of all elements.
    [Test]
    public void KeepBetween_OfTiedData_KeepsExactlyTheDifference_EvenlyOverTheTensor(
        [Values(0.30, 0.34)] double outerShare, [Values(0.01, 0.1, 0.29)] double innerShare, [Values] TieRule rule)
    {
        float[] values = [.. Enumerable.Range(0, Count).Select(i => (float)(1 + (Philox.Block((ulong)i, 0, default).Word0 % 12)) * (i % 2 == 0 ? 1 : -1))];
        byte[]? first = null;
        foreach ((int threads, int tile) in new[] { (1, 65_536), (2, 61), (7, 65_536) })
        {
            using Rig rig = new(threads, tile, values, new float[Count]);
            (long outer, long inner) = ((long)(outerShare * Count), (long)(innerShare * Count));
            IReadOnlyList<ElementSelection> selections = rig.Session.SelectLargest([new(0, outer, rule), new(0, inner, rule)], 1);
            float[] kept = rig.Map(Sparsifier.KeepBetween(selections[0], selections[1]), 1);
            MagnitudeSums sums = rig.Session.SumMagnitudes([new TaskVector(0, 1, Sparsifier.KeepBetween(selections[0], selections[1]))], 1)[0];

            Assert.That(kept.LongCount(value => value != 0), Is.EqualTo(outer - inner));
            Assert.That(sums.Kept, Is.EqualTo(kept.Sum(value => Math.Abs((double)value))));
            Assert.That(sums.All, Is.EqualTo(values.Sum(value => Math.Abs((double)value))));
            float[] dropped = rig.Map(Sparsifier.KeepSelected(selections[1]), 1);
            Assert.That(kept.Zip(dropped).Any(pair => pair.First != 0 && pair.Second != 0), Is.False);
            if (rule == TieRule.Spread)
            {
                // Of a random multiple of its expectation in each tenth: five standard deviations.
                double expected = (outer - inner) / 10.0;
                foreach (float[] tenth in kept.Chunk(Count / 10))
                {
                    Assert.That(tenth.Count(value => value != 0), Is.EqualTo(expected).Within(5 * Math.Sqrt(expected)));
                }
            }

            byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(kept).ToArray();
            first ??= bytes;
            Assert.That(bytes.AsSpan().SequenceEqual(first), $"other bytes with {threads} threads and tiles of {tile}");
        }
    }

    [Test]
    public void KeepBetween_OfOtherKeysOrALargerInner_IsRefused()
    {
        using Rig rig = new(1, 61, [1, 2, 3, 4], [4, 3, 2, 1]);
        IReadOnlyList<ElementSelection> selections = rig.Session.SelectLargest([new(0, 2), new(0, 1), new(1, 1)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.Throws<ArgumentException>(() => Sparsifier.KeepBetween(selections[1], selections[0]));
            Assert.Throws<ArgumentException>(() => Sparsifier.KeepBetween(selections[0], selections[2]));
            Assert.Throws<ArgumentOutOfRangeException>(() => Sparsifier.KeepAtLeast(SelectionKey.Magnitude(0), float.NaN));
        }
    }

    [Test]
    public void SumSquares_OfWhatIsKept_AreTheirSum([Values(1, 5000, Count)] int count)
    {
        float[] values = Values(count, 3);
        using Rig rig = new(2, 61, values, new float[count]);
        Sparsifier large = Sparsifier.KeepAtLeast(SelectionKey.Magnitude(0), 0.25f);

        IReadOnlyList<double> squares = rig.Session.SumSquares([new TaskVector(0), new TaskVector(0, 1, large)], 1);

        Assert.That(squares[0], Is.EqualTo(values.Sum(value => (double)value * value)).Within(1e-9).Percent);
        Assert.That(squares[1], Is.EqualTo(values.Where(value => Math.Abs(value) >= 0.25f).Sum(value => (double)value * value)).Within(1e-9).Percent);
    }

    // The squares leave the selection's bits for the map.
    [Test]
    public void Map_AfterSumSquaresOfTheSameSelection_GivesWhatItGivesAlone([Values(1, 17, 5000, Count)] int count, [Values(1, 7)] int threads)
    {
        float[][] models = [.. Enumerable.Range(0, 3).Select(model => Values(count, model).Select(value => MathF.Round(value, 1)).ToArray())];
        using Rig alone = new(1, 65_536, [.. models, new float[count]]);
        using Rig rig = new(threads, 61, [.. models, new float[count]]);
        Sparsifier[] expected = Sparsifiers(alone);
        Sparsifier[] actual = Sparsifiers(rig);
        for (int round = 0; round < 4; round++)
        {
            int i = round == 1 ? 1 : 0;
            IReadOnlyList<double> squares = rig.Session.SumSquares([new TaskVector(0, 1, actual[i]), new TaskVector(1, 1, actual[i])], 3);
            float[] kept = rig.Map(actual[i], 3);
            float[] other = rig.Map(actual[1 - i], 3);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(kept.AsSpan().SequenceEqual(alone.Map(expected[i], 3)), Is.True);
                Assert.That(other.AsSpan().SequenceEqual(alone.Map(expected[1 - i], 3)), Is.True);
                Assert.That(squares[0], Is.EqualTo(kept.Sum(value => (double)value * value)).Within(1e-9).Percent);
            }
        }

        static Sparsifier[] Sparsifiers(Rig rig)
        {
            SelectionKey key = SelectionKey.Variance([0, 1, 2]);
            SelectionRequest[] requests = [new(key, 0) { ShareOfNonZero = 0.3 }, new(key, 0) { ShareOfNonZero = 0.6 }];
            return [.. rig.Session.SelectLargest(requests, 3).Select(Sparsifier.KeepSelected)];
        }
    }

    [Test]
    public void RowDivergences_OfAnyRows_EqualTheFormulaInDouble_OnAnyThreadsAndTiles([Values(1, 15, 63, 4096, 70_000)] int length)
    {
        const double smoothing = 1e-8;
        int rows = Math.Max(1, 100_000 / length);
        float[] x = Values(rows * length, 1);
        float[] y = [.. Values(rows * length, 2).Zip(x, (other, value) => value + (0.1f * other))];
        double[] expected = [.. x.Chunk(length).Zip(y.Chunk(length), (p, q) => Softmax(p).Zip(Softmax(q), (a, b) => (a + smoothing) * Math.Log((a + smoothing) / (b + smoothing))).Sum())];
        double[]? first = null;
        foreach ((int threads, int tile) in new[] { (1, 65_536), (2, 61), (7, 4096) })
        {
            using HostTensor left = HostTensor.FromSingles(x, new TensorShape(rows, length));
            using HostTensor right = HostTensor.FromSingles(y, new TensorShape(rows, length));
            using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile });
            using TensorSession session = device.Open([left.Source, right.Source]);
            double[] actual = session.RowDivergences(0, 1, smoothing);
            first ??= actual;
            Assert.That(actual, Is.EqualTo(first));
        }

        for (int row = 0; row < rows; row++)
        {
            Assert.That(first![row], Is.EqualTo(expected[row]).Within(1e-14 + (1e-9 * expected[row])), $"row {row}");
        }

        static double[] Softmax(float[] values)
        {
            double largest = values.Max();
            double[] exponentials = [.. values.Select(value => Math.Exp(value - largest))];
            double sum = exponentials.Sum();
            return [.. exponentials.Select(value => value / sum)];
        }
    }

    // As the kernel computes it, so that the thresholds are the same bits.
    private static float Variance(float a, float b, float c)
    {
        const float third = 1f / 3;
        float second = b - a;
        float last = c - a;
        float sum = second + last;
        float squares = MathF.FusedMultiplyAdd(last, last, second * second);
        return Math.Abs((squares - (sum * (sum * third))) * third);
    }

    private static float[] Values(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    private sealed class Rig : IDisposable
    {
        private readonly CpuDevice _device;
        private readonly HostTensor[] _tensors;

        public Rig(int threads, int tile, params float[][] inputs)
        {
            _device = new CpuDevice(new CpuDeviceOptions { Threads = threads, TileElements = tile });
            _tensors = [.. inputs.Select(values => HostTensor.FromSingles(values, new TensorShape(values.Length)))];
            Session = _device.Open([.. _tensors.Select(tensor => tensor.Source)]);
        }

        public TensorSession Session { get; }

        public float[] Map(Sparsifier sparsifier, int origin)
        {
            using HostTensor output = new(DataType.F32, Session.Inputs[0].Shape);
            Session.Map(new TaskVectorMap(origin, [new TaskVector(0, 1, sparsifier)]), output.Sink);
            return output.ToSingles();
        }

        public void Dispose()
        {
            Session.Dispose();
            Array.ForEach(_tensors, tensor => tensor.Dispose());
            _device.Dispose();
        }
    }
}
