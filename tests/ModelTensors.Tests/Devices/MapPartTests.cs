using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

/// <summary>Maps of a run of the output, and of task vectors that are inputs themselves.</summary>
[Category("Kernels")]
public sealed class MapPartTests
{
    private const int Count = 300_001;
    private static readonly TensorShape Shape = new(Count);

    private static readonly Func<TensorSession, MapPass>[] Passes =
    [
        _ => new WeightedSumMap((0, 0.5), (1, -2)),
        _ => new TaskVectorMap(0, [new TaskVector(1), new TaskVector(2, 0.5)]),
        session => new TaskVectorMap(-1, Selected(session, TieRule.Spread)),
        session => new TaskVectorMap(-1, Selected(session, TieRule.LowestIndex)) { Consensus = Consensus.UnweightedSign, Normalize = true, Divisor = TaskVectorDivisor.Count },
        _ => new TaskVectorMap(0, [new TaskVector(1, 1, Sparsifier.KeepRandom(new PhiloxKey(1, 2), 0.3), 2), new TaskVector(2)]),
        _ => new TaskVectorMap(0, [new TaskVector(1, 1, Sparsifier.KeepByRank(new PhiloxKey(1, 2), 0.5, 0.2, rescale: true)), new TaskVector(2)]),
    ];

    [Test]
    [CancelAfter(60_000)]
    public void MapPart_OfAnyRun_IsThatPartOfTheMap([Range(0, 5)] int pass, [Values] bool streamed)
    {
        using HostTensor a = Quantized(1);
        using HostTensor b = Quantized(2);
        using HostTensor c = Quantized(3);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2, TileElements = streamed ? 5000 : 65_536 });
        using TensorSession session = device.Open(
            [.. ((HostTensor[])[a, b, c]).Select(tensor => streamed ? new StreamedSource(tensor.Source) : tensor.Source)]);
        MapPass map = Passes[pass](session);
        using HostTensor whole = new(DataType.F32, Shape);
        session.Map(map, whole.Sink);
        using (Assert.EnterMultipleScope())
        {
            foreach ((int start, int length) in new[] { (0, Count), (1, 7), (65_535, 3), (100_000, 150_000), (Count - 1, 1), (5, 0) })
            {
                using HostTensor part = new(DataType.F32, new TensorShape(length));
                session.MapPart(map, start, part.Sink);
                Assert.That(part.ToSingles().AsSpan().SequenceEqual(whole.AsSpan<float>(start, length)), $"{length} elements from {start}");
            }
        }
    }

    [Test]
    public void MapPart_BeyondTheTensor_IsRefused()
    {
        using HostTensor input = new(DataType.F32, new TensorShape(10));
        using HostTensor part = new(DataType.F32, new TensorShape(3));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([input.Source]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => session.MapPart(new WeightedSumMap((0, 1)), 8, part.Sink), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => session.MapPart(new WeightedSumMap((0, 1)), -1, part.Sink), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void MapPart_OverNonFiniteElements_CountsNone()
    {
        using HostTensor input = HostTensor.FromSingles([1, float.NaN, 3], new TensorShape(3));
        using HostTensor part = new(DataType.F32, new TensorShape(2));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([new StreamedSource(input.Source)]);
        session.MapPart(new WeightedSumMap((0, 1)), 1, part.Sink);
        long afterPart = session.NonFiniteInputs[0];
        session.Gram([0]);
        Assert.That((afterPart, session.NonFiniteInputs[0]), Is.EqualTo((0L, 1L)));
    }

    [TestCase(Consensus.UnweightedSign)]
    [TestCase(Consensus.UnweightedMajoritySign)]
    public void Map_OfUnweightedElections_EqualsPlainLoops(Consensus consensus)
    {
        float[][] values = [Quantized(1).ToSingles(), Quantized(2).ToSingles(), Quantized(3).ToSingles()];
        double[] weights = [1, -0.5, 0.25];
        using HostTensor output = new(DataType.F32, Shape);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open([.. values.Select(vector => HostTensor.FromSingles(vector, Shape).Source)]);
        session.Map(
            new TaskVectorMap(-1, [.. weights.Select((weight, input) => new TaskVector(input, weight))]) { Consensus = consensus, Normalize = true, Divisor = TaskVectorDivisor.Count },
            output.Sink);
        float[] actual = output.ToSingles();
        int wrong = 0;
        for (int i = 0; i < Count; i++)
        {
            double vote = values.Sum(vector => consensus == Consensus.UnweightedSign ? vector[i] : Math.Sign(vector[i]));
            int elected = vote >= 0 ? 1 : -1;
            int[] agreeing = [.. Enumerable.Range(0, 3).Where(j => Math.Sign(values[j][i]) == elected)];
            double expected = agreeing.Sum(j => weights[j] * values[j][i]) / Math.Max(1, agreeing.Length);
            wrong += Math.Abs(actual[i] - expected) <= 1e-6 ? 0 : 1;
        }

        Assert.That(wrong, Is.Zero);
    }

    private static TaskVector[] Selected(TensorSession session, TieRule ties)
    {
        IReadOnlyList<ElementSelection> selections = session.SelectLargest([new SelectionRequest(1, Count / 3, ties), new SelectionRequest(2, Count / 7, ties)]);
        return [new TaskVector(1, 1.5, Sparsifier.KeepSelected(selections[0])), new TaskVector(2, -1, Sparsifier.KeepSelected(selections[1]))];
    }

    // Few different numbers, so that many tie.
    private static HostTensor Quantized(int seed)
    {
        Random random = new(seed);
        float[] values = new float[Count];
        for (int i = 0; i < Count; i++)
        {
            values[i] = random.Next(-8, 9) / 8f;
        }

        return HostTensor.FromSingles(values, Shape);
    }
}
