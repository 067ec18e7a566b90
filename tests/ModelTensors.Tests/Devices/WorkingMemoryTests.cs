using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

public sealed class WorkingMemoryTests
{
    [TestCase(2)]
    [TestCase(16)]
    [TestCase(256)]
    public void EstimateMemory_StaysInTheBudget_HoweverLargeTheTensor(int megabytes)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2, WorkingMemory = (long)megabytes << 20 });
        TensorSource[] Inputs(long elements) => [.. Enumerable.Repeat(new ShapeOnly(elements), 5)];

        long small = device.EstimateMemory(Inputs(1_000), DataType.BF16);
        long large = device.EstimateMemory(Inputs(1L << 32), DataType.BF16);
        long larger = device.EstimateMemory(Inputs(1L << 40), DataType.BF16);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(small, Is.LessThan(2 << 20));
            Assert.That(large, Is.LessThan(((long)megabytes << 20) + (1 << 20)));
            Assert.That(larger, Is.EqualTo(large));
        }
    }

    [Test]
    public void EstimateMemory_CountsSumsAndWeightsOfEachVector_AndNothingForTheirLength()
    {
        static long Estimate(params ReadOnlySpan<long> shape)
        {
            TensorShape dimensions = new(shape);
            return VectorMemory.Estimate(dimensions, new Segments(dimensions.ElementCount), inputs: 3);
        }

        // Three inputs have six products of eight bytes each; columns keep seventeen of each, rows one, and both three weights of four bytes.
        const long largeTensor = 1L << 40;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Estimate(1 << 20, 1 << 20) - Estimate(largeTensor), Is.EqualTo(((1L << 20) * ((17 * 6 * 8) + 12)) - (257 * 6 * 8) - 12));
            Assert.That(Estimate(1 << 20, 1 << 25) - Estimate(1 << 15, 1 << 25), Is.Zero, "longer columns");
            Assert.That(Estimate(1 << 20, 16, 16) - Estimate(1 << 25, 16), Is.LessThan(0), "rows of 16 elements are 2²⁵ and 2²⁴");
        }
    }

    [Test]
    public void Selection_InLittleMemory_IsTheSame()
    {
        const int count = 1_000_000;
        Random random = new(7);
        float[] values = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        using HostTensor tensor = HostTensor.FromSingles(values, new TensorShape(count));
        float expected = values.Select(Math.Abs).OrderDescending().ElementAt(299_999);
        foreach (long memory in new[] { 1L << 20, 256L << 20 })
        {
            using CpuDevice device = new(new CpuDeviceOptions { Threads = 2, WorkingMemory = memory });
            using TensorSession session = device.Open([tensor.Source]);

            // Sixteen at a time leave each next to nothing: the histogram has to help.
            IReadOnlyList<ElementSelection> selections = session.SelectLargest([.. Enumerable.Repeat(new SelectionRequest(0, 300_000), 16)]);

            Assert.That(selections.Select(selection => (selection.Threshold, selection.Kept)), Is.All.EqualTo((expected, 300_000L)));
        }
    }

    private sealed class ShapeOnly(TensorShape shape) : TensorSource(DataType.BF16, shape)
    {
        public ShapeOnly(long elements)
            : this(new TensorShape(elements))
        {
        }

        public override void Read(long start, Span<byte> destination) => throw new NotSupportedException("Estimating reads nothing.");
    }
}
