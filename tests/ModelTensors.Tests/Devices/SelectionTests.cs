using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

[Category("Kernels")]
public sealed class SelectionTests
{
    private static readonly string[] Distributions = ["normal", "equal", "zero", "mostly ties", "tiny", "special", "steps", "misleading"];

    [Test]
    public void Largest_OfAnyKeys_EqualsTheSortedOne([Values(1, 2, 1000, 70_000)] int count, [Values(1u, 30u, 100_000u, 0x7FFF_FFFFu)] uint range)
    {
        Random random = new(count);
        uint[] keys = [.. Enumerable.Range(0, count).Select(_ => 17 + (uint)random.NextInt64(range - 16 > range ? range : Math.Max(1, range - 17)))];
        uint[] sorted = [.. keys.OrderDescending()];
        foreach (int rank in new[] { 0, count / 2, count - 1 })
        {
            uint key = RadixSelect.Largest(keys, 17, Math.Max(17, keys.Max()), rank, out long above);
            Assert.That((key, above), Is.EqualTo((sorted[rank], (long)Array.IndexOf(sorted, sorted[rank]))));
        }
    }

    [Test]
    public void SelectLargest_OfAnyDistribution_EqualsAFullSort(
        [ValueSource(nameof(Distributions))] string distribution, [Values(1, 1023, 65_537, 300_001, 1_200_000)] int count, [Values] bool delta)
    {
        float[] values = Values(distribution, count);
        float[] origin = [.. Enumerable.Range(0, count).Select(i => delta ? i % 3 / 8f : 0)];
        uint[] magnitudes = [.. values.Zip(origin, (v, o) => BitConverter.SingleToUInt32Bits(v - o) & 0x7FFF_FFFF)];
        uint[] sorted = [.. magnitudes.OrderDescending()];
        using HostTensor input = HostTensor.FromSingles(values, new TensorShape(count));
        using HostTensor from = HostTensor.FromSingles(origin, new TensorShape(count));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open([input.Source, from.Source]);
        int[] keeps = [.. new[] { 1, count / 3, count / 2, count - 1, count }.Where(keep => keep > 0).Distinct()];
        IReadOnlyList<ElementSelection> results = session.SelectLargest([.. keeps.Select(keep => new SelectionRequest(0, keep))], delta ? 1 : -1);
        for (int i = 0; i < keeps.Length; i++)
        {
            uint threshold = sorted[keeps[i] - 1];
            using (Assert.EnterMultipleScope())
            {
                Assert.That(results[i].ThresholdBits, Is.EqualTo(threshold));
                Assert.That(results[i].Above, Is.EqualTo(magnitudes.LongCount(bits => bits > threshold)));
                Assert.That(results[i].Ties, Is.EqualTo(magnitudes.LongCount(bits => bits == threshold)));
                Assert.That(results[i].Kept, Is.EqualTo(keeps[i]));
            }
        }

        // The map keeps exactly what was selected.
        if (distribution is not ("special" or "zero"))
        {
            using HostTensor output = new(DataType.F32, new TensorShape(count));
            using HostTensor zeros = new(DataType.F32, new TensorShape(count));
            using TensorSession plain = device.Open([input.Source, zeros.Source]);
            ElementSelection half = plain.SelectLargest([new SelectionRequest(0, Math.Max(1, count / 2))])[0];
            plain.Map(new TaskVectorMap(1, [new TaskVector(0, 1, Sparsifier.KeepSelected(half))]), output.Sink);
            Assert.That(output.ToSingles().Count(value => value != 0), Is.EqualTo(half.Threshold == 0 ? half.Above : half.Kept));
        }
    }

    private static float[] Values(string distribution, int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(i => distribution switch
        {
            "equal" => -0.25f,
            "zero" => 0,
            "mostly ties" => random.Next(10) == 0 ? random.NextSingle() : 0.5f,
            "tiny" => random.NextSingle() * 1e-40f,
            "special" => random.Next(50) switch { 0 => float.NaN, 1 => float.NegativeInfinity, _ => random.NextSingle() - 0.5f },
            "steps" => random.Next(200) / 64f,

            // One stretch holds all large values; a sample that misses it is wrong about everything.
            "misleading" => i < count / 2 && i % 4096 < 40 ? 100 + random.NextSingle() : i > count - (count / 300) ? 1000 + i : random.NextSingle() * 1e-3f,
            _ => (float)Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * MathF.Cos(6.28f * random.NextSingle()),
        })];
    }
}
