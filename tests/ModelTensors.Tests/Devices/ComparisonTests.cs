using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Devices;

[Category("Kernels")]
public sealed class ComparisonTests
{
    [Test]
    public void Compare_ByHand()
    {
        // Differences 0, 3, 0, 0, 0, -4: two rows of three of which both have changed, distance 5.
        using HostTensor left = HostTensor.FromSingles([1, 2, 2, 0, 4, 1], new TensorShape(2, 3));
        using HostTensor right = HostTensor.FromSingles([1, 5, 2, -0f, 4, -3], new TensorShape(2, 3));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([left.Source, right.Source]);

        Assert.That(session.Compare(0, 1, 3), Is.EqualTo(new TensorComparison(26, 28, 55, 25, 4, 2, 2)));
        Assert.That(session.Compare(0, 1, 6).ChangedRows, Is.EqualTo(1));
        Assert.That(session.Compare(0, 1, 1).ChangedRows, Is.EqualTo(2));
    }

    [Test]
    public void Compare_WithItself_IsNoDifference_AlsoWithNaN()
    {
        using HostTensor tensor = HostTensor.FromSingles([1, float.NaN, float.PositiveInfinity, -2], new TensorShape(4), DataType.BF16);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([tensor.Source, tensor.Source]);

        TensorComparison comparison = session.Compare(0, 1, 4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((comparison.SquaredDistance, comparison.LargestDifference, comparison.ChangedElements, comparison.ChangedRows), Is.EqualTo((0.0, 0f, 0L, 0L)));
            Assert.That(comparison.SquaredLeft, Is.NaN);
            Assert.That(session.NonFiniteInputs, Is.EqualTo((long[])[2, 2]));
        }
    }

    [Test]
    public void Compare_OfANaNWithANumber_IsNaN()
    {
        using HostTensor left = HostTensor.FromSingles([1, float.NaN], new TensorShape(2));
        using HostTensor right = HostTensor.FromSingles([3, 5], new TensorShape(2));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([left.Source, right.Source]);

        TensorComparison comparison = session.Compare(0, 1, 2);
        Assert.That((comparison.SquaredDistance, comparison.LargestDifference, comparison.ChangedElements), Is.EqualTo((double.NaN, float.NaN, 2L)));
    }

    [Test]
    public void Compare_OnAnyThreadsTilesWidthsAndSources_IsTheSame_AndEqualsALoop(
        [Values(1, 15, 2049, 65_537, 300_001)] int count, [Values(DataType.BF16, DataType.F16, DataType.F32, DataType.F64)] DataType second)
    {
        Random random = new(count);
        float[] values = [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-64, 65) / 8)];

        // Runs that are equal, and single elements that are not, so that some rows change and some do not.
        float[] others = [.. values.Select((value, i) => i / 500 % 3 == 0 && random.Next(100) == 0 ? value + 0.5f : value)];
        using HostTensor left = HostTensor.FromSingles(values, new TensorShape(count), DataType.BF16);
        using HostTensor right = HostTensor.FromSingles(others, new TensorShape(count), second);
        foreach (long rowLength in new[] { 1, 3, 7, 5_003, 100_001, count }.Where(length => count % length == 0))
        {
            double Sum(Func<int, double> term) => Enumerable.Range(0, count).Sum(term);
            TensorComparison expected = new(
                Sum(i => values[i] * values[i]),
                Sum(i => values[i] * others[i]),
                Sum(i => others[i] * others[i]),
                Sum(i => (others[i] - values[i]) * (others[i] - values[i])),
                values.Zip(others, (a, b) => MathF.Abs(a - b)).Max(),
                values.Zip(others).LongCount(pair => pair.First != pair.Second),
                Enumerable.Range(0, count).Where(i => values[i] != others[i]).Select(i => i / rowLength).Distinct().Count());
            using (Assert.EnterMultipleScope())
            {
                foreach ((int threads, int tile, bool streamed, ChunkKernels kernels) in new[]
                {
                    (1, 65_536, false, ChunkKernels.Best), (2, 61, true, ChunkKernels.Best), (7, 1000, true, ChunkKernels.Best),
                    (2, 5000, false, ChunkKernels.All[1]), (2, 5000, true, ChunkKernels.All[2]),
                })
                {
                    using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile }, kernels);
                    using TensorSession session = device.Open(streamed ? [new StreamedSource(left.Source), new StreamedSource(right.Source)] : [left.Source, right.Source]);

                    // Every product is a multiple of 1/64, so sums in double are exact in any order.
                    Assert.That(session.Compare(0, 1, rowLength), Is.EqualTo(expected), $"rows of {rowLength}, {threads} threads, tiles of {tile}");
                }
            }
        }
    }

    [Test]
    public void Compare_RefusesWhatIsNotThere([Values(-1, 2)] int input)
    {
        using HostTensor tensor = new(DataType.F32, new TensorShape(6));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([tensor.Source, tensor.Source]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => session.Compare(input, 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => session.Compare(0, input, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => session.Compare(0, 1, 4), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => session.Compare(0, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}
