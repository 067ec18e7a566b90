using System.Security.Cryptography;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Devices;

[Category("Kernels")]
public sealed class CpuSessionTests
{
    private static readonly DataType[][] TypeSets =
    [
        [DataType.BF16, DataType.BF16, DataType.BF16, DataType.BF16], [DataType.F16, DataType.F16, DataType.F16, DataType.F16],
        [DataType.F32, DataType.F32, DataType.F32, DataType.F32], [DataType.F64, DataType.BF16, DataType.F16, DataType.F32],
    ];

    private static readonly PhiloxKey Key = new(3, 4);

    [Test]
    [CancelAfter(120_000)]
    public void EveryPass_OnAnyThreadsTilesWidthsAndSources_GivesTheSameBytes(
        [Range(0, 3)] int types, [Values(0, 1, 15, 1023, 1025, 65_535, 65_537, 300_001)] int count)
    {
        string expected = Digest(new CpuDeviceOptions { Threads = 1 }, ChunkKernels.Best, types, count, streamed: false);
        using (Assert.EnterMultipleScope())
        {
            foreach ((int threads, int tile, bool streamed) in new[] { (2, 65_536, false), (7, 1000, true), (2, 61, true), (1, 5000, true) })
            {
                CpuDeviceOptions options = new() { Threads = threads, TileElements = tile };
                Assert.That(Digest(options, ChunkKernels.Best, types, count, streamed), Is.EqualTo(expected), $"{options}, {(streamed ? "streamed" : "lent")}");
            }

            // Software vectors take their time.
            foreach (ChunkKernels kernels in count <= 1025 || System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? ChunkKernels.All : [])
            {
                Assert.That(Digest(new CpuDeviceOptions { Threads = 2 }, kernels, types, count, streamed: false), Is.EqualTo(expected), kernels.Description);
            }
        }
    }

    [Test]
    public void Gram_OfVectorsAndDifferences_EqualsSumsInDouble([Range(0, 3)] int types, [Values(1, 1000, 70_001)] int count, [Values(-1, 0)] int origin, [Values(2, 3)] int vectors)
    {
        using Inputs inputs = new(TypeSets[types], count, special: false);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open(inputs.Sources(streamed: false));
        int[] chosen = [.. Enumerable.Range(1, vectors)];
        GramMatrix gram = session.Gram(chosen, origin);
        for (int a = 0; a < vectors; a++)
        {
            for (int b = 0; b < vectors; b++)
            {
                double At(int vector, int i) => inputs.Values[chosen[vector]][i] - (origin < 0 ? 0 : inputs.Values[0][i]);
                double expected = Enumerable.Range(0, count).Sum(i => At(a, i) * At(b, i));
                double size = Enumerable.Range(0, count).Sum(i => Math.Abs(At(a, i) * At(b, i)));
                Assert.That(gram[a, b], Is.EqualTo(expected).Within((1e-6 * size) + 1e-300));
            }
        }
    }

    [Test]
    public void SumMagnitudes_OfEverySparsifier_EqualsSumsInDouble([Range(0, 3)] int types, [Values(1000, 70_001)] int count)
    {
        using Inputs inputs = new(TypeSets[types], count, special: false);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open(inputs.Sources(streamed: true));
        ElementSelection selection = session.SelectLargest([new SelectionRequest(2, count / 3)], 0)[0];
        IReadOnlyList<MagnitudeSums> sums = session.SumMagnitudes(
            [new TaskVector(1), new TaskVector(2, 1, Sparsifier.KeepSelected(selection)), new TaskVector(3, 1, Sparsifier.KeepRandom(Key, 0.3))], 0);
        double[][] magnitudes = [.. Enumerable.Range(1, 3).Select(j => Enumerable.Range(0, count).Select(i => (double)MathF.Abs(inputs.Values[j][i] - inputs.Values[0][i])).ToArray())];
        uint limit = (uint)Math.Round(0.3 * 65536);
        using (Assert.EnterMultipleScope())
        {
            for (int j = 0; j < 3; j++)
            {
                Assert.That(sums[j].All, Is.EqualTo(magnitudes[j].Sum()).Within(1e-9).Percent);
            }

            Assert.That(sums[0].Kept, Is.EqualTo(sums[0].All));
            Assert.That(sums[1].Kept, Is.EqualTo(magnitudes[1].OrderDescending().Take(count / 3).Sum()).Within(1e-9).Percent);
            Assert.That(sums[2].Kept, Is.EqualTo(magnitudes[2].Where((_, i) => Philox.Draw(i, Key) < limit).Sum()).Within(1e-9).Percent);
        }
    }

    [Test]
    public void Passes_OverNonFiniteElements_CountEachOnce([Range(0, 3)] int types, [Values] bool streamed, [Values(1000, 70_001)] int count)
    {
        using Inputs inputs = new(TypeSets[types], count, special: true);
        using HostTensor output = new(inputs.Tensors[1].DataType, new TensorShape(count));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open(inputs.Sources(streamed));
        session.Gram([1, 2], 0);
        ElementSelection selection = session.SelectLargest([new SelectionRequest(1, count / 2)], 0)[0];
        session.SumMagnitudes([new TaskVector(3, 1, Sparsifier.KeepRandom(Key, 0.5))], 0);
        session.Map(new TaskVectorMap(0, [new TaskVector(1, 1, Sparsifier.KeepSelected(selection)), new TaskVector(2), new TaskVector(3)]) { Consensus = Consensus.WeightedSign, Normalize = true }, output.Sink);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(session.NonFiniteInputs, Is.EqualTo(inputs.Values.Select(values => values.LongCount(value => !float.IsFinite(value)))));
            Assert.That(session.NonFiniteOutputs, Is.EqualTo(output.ToSingles().LongCount(value => !float.IsFinite(value))));
        }
    }

    [Test]
    public void Map_ThatOverflowsF16_CountsTheInfinities()
    {
        using HostTensor input = HostTensor.FromSingles([.. Enumerable.Range(0, 5000).Select(i => i % 100 == 0 ? 60_000f : 1f)], new TensorShape(5000), DataType.F16);
        using HostTensor output = new(DataType.F16, new TensorShape(5000));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open([input.Source]);
        session.Map(new WeightedSumMap((0, 2)), output.Sink);
        Assert.That((session.NonFiniteOutputs, session.NonFiniteInputs[0]), Is.EqualTo((50L, 0L)));
    }

    [Test]
    public void Copy_OfAnyType_CopiesEveryBit([Values(DataType.F32, DataType.BF16, DataType.F64, DataType.I32, DataType.F8E4M3)] DataType type, [Values] bool from, [Values] bool to)
    {
        const int count = 150_001;
        using HostTensor input = new(type, new TensorShape(count));
        byte[] bytes = new byte[count * type.Size];
        new Random(1).NextBytes(bytes);
        input.Sink.Write(0, bytes);
        using HostTensor output = new(type, new TensorShape(count));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        device.Convert(from ? input.Source : new StreamedSource(input.Source), to ? output.Sink : new StreamedSink(output.Sink));
        byte[] copied = new byte[bytes.Length];
        output.Source.Read(0, copied);
        Assert.That(copied.AsSpan().SequenceEqual(bytes), Is.True);
    }

    [Test]
    [CancelAfter(30_000)]
    public void Pass_OverASourceThatFails_ThrowsItsExceptionAndLeavesTheDeviceUsable()
    {
        using Inputs inputs = new(TypeSets[0], 300_001, special: false);
        using HostTensor output = new(DataType.BF16, new TensorShape(300_001));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using (TensorSession session = device.Open([new StreamedSource(inputs.Tensors[0].Source, failsAt: 200_000)]))
        {
            Assert.That(() => session.Map(new WeightedSumMap((0, 1)), output.Sink), Throws.TypeOf<EndOfStreamException>());
            Assert.That(() => session.Gram([0]), Throws.TypeOf<EndOfStreamException>());
        }

        using TensorSession again = device.Open(inputs.Sources(streamed: true));
        again.Map(new WeightedSumMap((0, 1)), output.Sink);
        Assert.That(output.ToSingles().AsSpan().SequenceEqual(inputs.Values[0]), Is.True);
    }

    [Test]
    [CancelAfter(30_000)]
    public void Pass_ThatIsCanceled_StopsBetweenTiles()
    {
        using HostTensor input = new(DataType.BF16, new TensorShape(10_000_000));
        using HostTensor output = new(DataType.BF16, new TensorShape(10_000_000));
        using CancellationTokenSource source = new();
        long read = 0;
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open([input.Source], new SessionOptions
        {
            CancellationToken = source.Token,
            BytesRead = bytes =>
            {
                Interlocked.Add(ref read, bytes);
                source.Cancel();
            },
        });
        Assert.That(() => session.Map(new WeightedSumMap((0, 2)), output.Sink), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(read, Is.LessThan(1_000_000));
    }

    [Test]
    [NonParallelizable]
    public void Passes_OverALargerTensor_AllocateNoMore()
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        long Allocated(int count)
        {
            using HostTensor a = new(DataType.BF16, new TensorShape(count));
            using HostTensor b = new(DataType.BF16, new TensorShape(count));
            using TensorSession session = device.Open([new StreamedSource(a.Source), b.Source]);
            void Passes()
            {
                session.Gram([0, 1]);
                session.SumMagnitudes([new TaskVector(0, 1, Sparsifier.KeepRandom(Key, 0.5))], 1);
                session.Map(new TaskVectorMap(1, [new TaskVector(0, 1, Sparsifier.KeepRandom(Key, 0.5))]) { Consensus = Consensus.WeightedSign }, a.Sink);
            }

            Passes();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Passes();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // Accumulators of at most 256 segments grow with the tensor, and what is told of each tile; no buffer does.
        Assert.That(Allocated(1 << 24) - Allocated(1 << 20), Is.LessThan(1 << 19));
    }

    private static string Digest(CpuDeviceOptions options, ChunkKernels kernels, int types, int count, bool streamed)
    {
        using Inputs inputs = new(TypeSets[types], count, special: false);
        using HostTensor output = new(inputs.Tensors[1].DataType, new TensorShape(count));
        TensorSink sink = streamed ? new StreamedSink(output.Sink) : output.Sink;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using CpuDevice device = new(options, kernels);
        using TensorSession session = device.Open(inputs.Sources(streamed));
        void Append()
        {
            byte[] bytes = new byte[output.Source.ByteLength];
            output.Source.Read(0, bytes);
            hash.AppendData(bytes);
        }

        foreach (int origin in new[] { -1, 0 })
        {
            GramMatrix gram = session.Gram([1, 2, 3], origin);
            hash.AppendData(BitConverter.GetBytes(gram[0, 1]));
            hash.AppendData(BitConverter.GetBytes(session.Gram([1, 2], origin)[1, 1]));
        }

        Sparsifier[] sparsifiers = [Sparsifier.KeepRandom(Key, 0.4), Sparsifier.KeepAll, Sparsifier.KeepAll];
        if (count > 0)
        {
            ElementSelection[] selections = [.. session.SelectLargest([new(1, 1 + (count / 3)), new(2, 1 + (count / 2), TieRule.LowestIndex)], 0)];
            sparsifiers = [Sparsifier.KeepSelected(selections[0]), Sparsifier.KeepSelected(selections[1]), Sparsifier.KeepRandom(Key, 0.4)];
        }

        TaskVector[] vectors = [.. sparsifiers.Select((sparsifier, i) => new TaskVector(i + 1, 0.3 + (0.2 * i), sparsifier, 1.5))];
        foreach (MagnitudeSums sums in session.SumMagnitudes(vectors, 0))
        {
            hash.AppendData(BitConverter.GetBytes(sums.All));
            hash.AppendData(BitConverter.GetBytes(sums.Kept));
        }

        MapPass[] passes =
        [
            new WeightedSumMap((1, 0.3), (2, 0.4), (3, -0.1)),
            new TaskVectorMap(0, [new TaskVector(1, 0.5), new TaskVector(2, 0.5)]) { Normalize = true, Lambda = 0.7 },
            new TaskVectorMap(0, vectors),
            new TaskVectorMap(0, vectors) { Consensus = Consensus.WeightedSign, Normalize = true, Lambda = 0.9 },
            new TaskVectorMap(0, []),
            new TileMap((tile, results) =>
            {
                for (int i = 0; i < tile.Count; i++)
                {
                    results[i] = tile[1][i] + (tile[2][i] * ((tile.Start + i) % 5));
                }
            }),
        ];
        foreach (MapPass pass in passes)
        {
            session.Map(pass, sink);
            Append();
        }

        session.Copy(1, sink);
        Append();
        session.Copy(2, sink);
        Append();
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>A base and three models near it, in the types asked for.</summary>
    private sealed class Inputs : IDisposable
    {
        public Inputs(DataType[] types, int count, bool special)
        {
            Random random = new(7);
            float[] origin = [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 0.04f)];
            Tensors = [.. types.Select((type, j) =>
            {
                float[] values = [.. origin.Select(value => special && random.Next(500) == 0
                    ? float.NaN
                    : special && random.Next(5000) == 0 ? float.PositiveInfinity : value + (j == 0 ? 0 : (random.NextSingle() - 0.5f) * 0.004f))];
                return HostTensor.FromSingles(values, new TensorShape(count), type);
            })];
            Values = [.. Tensors.Select(tensor => tensor.ToSingles())];
        }

        public HostTensor[] Tensors { get; }

        public float[][] Values { get; }

        public TensorSource[] Sources(bool streamed) => [.. Tensors.Select(tensor => streamed ? new StreamedSource(tensor.Source) : tensor.Source)];

        public void Dispose() => Array.ForEach(Tensors, tensor => tensor.Dispose());
    }
}
