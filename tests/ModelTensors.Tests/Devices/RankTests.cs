using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Devices;

/// <summary>Ranks within rows, and what is kept by rank, against definitions element by element.</summary>
[Category("Kernels")]
public sealed class RankTests
{
    private static readonly long[][] Shapes = [[], [1], [4099], [37, 1], [1, 53], [130, 517], [2, 70_000], [3, 40, 7, 5], [2, 9, 2500], [5, 1, 3]];

    private static readonly PhiloxKey Key = new(3, 4);

    private static IEnumerable<(CpuDeviceOptions Options, bool Streamed)> Settings() =>
    [
        (new CpuDeviceOptions { Threads = 1 }, false),
        (new CpuDeviceOptions { Threads = 2, TileElements = 61 }, true),
        (new CpuDeviceOptions { Threads = 7, TileElements = 61 }, false),
        (new CpuDeviceOptions { Threads = 7, WorkingMemory = 8 << 20 }, true),
    ];

    [Test]
    [CancelAfter(120_000)]
    public void RankRows_OfAnyShape_RanksAlongDimensionOne([ValueSource(nameof(Shapes))] long[] shape, [Values(DataType.BF16, DataType.F32)] DataType type, [Values(-1, 0)] int origin)
    {
        using Inputs inputs = new(shape, type, models: 2);
        foreach ((CpuDeviceOptions options, bool streamed) in Settings())
        {
            using CpuDevice device = new(options);
            using TensorSession session = device.Open(inputs.Sources(streamed));
            int[][] ranks = [[], new int[inputs.Count], new int[inputs.Count]];
            session.RankRows([1, 2], (input, start, run) => run.CopyTo(ranks[input].AsSpan((int)start)), origin);

            Assert.That(ranks[1].AsSpan().SequenceEqual(inputs.Ranks(1, origin)), $"{options}");
            Assert.That(ranks[2].AsSpan().SequenceEqual(inputs.Ranks(2, origin)), $"{options}");
        }
    }

    [Test]
    [CancelAfter(120_000)]
    public void KeepByRank_OfAnyShape_KeepsDrawsBelowTheProbability([ValueSource(nameof(Shapes))] long[] shape, [Values(DataType.BF16, DataType.F32)] DataType type, [Values] bool rescale)
    {
        using Inputs inputs = new(shape, type, models: 2);
        using HostTensor output = new(DataType.F32, new TensorShape(shape));
        Sparsifier sparsifier = Sparsifier.KeepByRank(Key, 0.4, 0.2, rescale);
        int[] ranks = inputs.Ranks(1, 0);
        long last = new RowLayout(new TensorShape(shape)).Length - 1;
        float lowest = (float)(65536 * (last > 0 ? 0.4 - 0.2 : 0.4));
        float step = last > 0 ? (float)(65536 * 2 * 0.2 / last) : 0;
        double all = 0;
        double kept = 0;
        float[] expected = new float[inputs.Count];
        for (int i = 0; i < expected.Length; i++)
        {
            int limit = (int)MathF.Round(MathF.FusedMultiplyAdd(step, ranks[i], lowest));
            Assert.That(limit / 65536.0, Is.EqualTo(last > 0 ? 0.2 + (0.4 * ranks[i] / last) : 0.4).Within(0.51 / 65536));
            float delta = inputs.Values[1][i] - inputs.Values[0][i];
            bool keeps = Philox.Draw(i, Key) < limit;
            all += Math.Abs(delta);
            kept += keeps ? Math.Abs(delta) : 0;
            expected[i] = inputs.Values[0][i] + (keeps ? (0.5f * (rescale ? 65536f / limit : 1)) * delta : 0);
        }

        foreach ((CpuDeviceOptions options, bool streamed) in Settings())
        {
            using CpuDevice device = new(options);
            using TensorSession session = device.Open(inputs.Sources(streamed));
            MagnitudeSums sums = session.SumMagnitudes([new TaskVector(1, 1, sparsifier)], 0)[0];
            session.Map(new TaskVectorMap(0, [new TaskVector(1, 0.5, sparsifier)]), output.Sink);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(sums.All, Is.EqualTo(all).Within(1e-9).Percent);
                Assert.That(sums.Kept, Is.EqualTo(kept).Within(1e-9).Percent);
                Assert.That(output.ToSingles().AsSpan().SequenceEqual(expected), $"{options}");
            }
        }
    }

    [Test]
    [CancelAfter(120_000)]
    public void WhatIsKept_InLittleMemoryAndOnAnyWidth_IsTheSame([Values] bool rescale, [Values] Consensus consensus)
    {
        // In 1 MiB the bits of three models do not fit: windows are ranked anew for each pass.
        using Inputs inputs = new([1500, 1021], DataType.BF16, models: 3);
        Assert.That(3L * inputs.Count / 8, Is.GreaterThan(CpuMemory.Decisions(new CpuDeviceOptions { WorkingMemory = 1 << 20 })));
        TaskVector[] vectors = [.. Enumerable.Range(1, 3).Select(model => new TaskVector(model, 0.3, Sparsifier.KeepByRank(new PhiloxKey((uint)model, 7), 0.5, 0.1, rescale)))];
        (byte[] Bytes, string Sums)? first = null;
        (CpuDeviceOptions, ChunkKernels)[] settings =
        [
            (new CpuDeviceOptions { Threads = 2 }, ChunkKernels.Best),
            (new CpuDeviceOptions { Threads = 2, WorkingMemory = 1 << 20 }, ChunkKernels.Best),
            (new CpuDeviceOptions { Threads = 7, WorkingMemory = 1 << 20, TileElements = 61 }, ChunkKernels.Best),
            .. ChunkKernels.All.Select(kernels => (new CpuDeviceOptions { Threads = 1 }, kernels)),
        ];
        foreach ((CpuDeviceOptions options, ChunkKernels kernels) in settings)
        {
            using HostTensor output = new(DataType.BF16, inputs.Shape);
            using CpuDevice device = new(options, kernels);
            using TensorSession session = device.Open(inputs.Sources(streamed: options.TileElements == 61));
            string sums = string.Join(' ', session.SumMagnitudes(vectors, 0));
            session.Map(new TaskVectorMap(0, vectors) { Consensus = consensus, Normalize = true }, output.Sink);
            byte[] bytes = new byte[output.Source.ByteLength];
            output.Source.Read(0, bytes);

            first ??= (bytes, sums);
            Assert.That(bytes.AsSpan().SequenceEqual(first.Value.Bytes), $"{options}, {kernels.Description}");
            Assert.That(sums, Is.EqualTo(first.Value.Sums), $"{options}, {kernels.Description}");
        }
    }

    [Test]
    public void RankRows_OfARowThatDoesNotFit_NamesTheLimit()
    {
        using HostTensor row = new(DataType.F32, new TensorShape(1 << 20));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2, WorkingMemory = 1 << 20 });
        using TensorSession session = device.Open([row.Source]);

        RowTooLongException error = Assert.Throws<RowTooLongException>(() => session.RankRows([0], (_, _, _) => { }))!;

        Assert.That(error.Length, Is.EqualTo(1 << 20));
        Assert.That(error.Limit, Is.InRange(10_000, 1 << 17));
        Assert.That(error.Message, Does.Contain("working memory"));
    }

    [Test]
    public void KeepByRank_OutsideItsRange_IsMisuse([Values(0.1, 0.9)] double density, [Values(0.1, -0.1, double.NaN)] double epsilon) =>
        Assert.That(() => Sparsifier.KeepByRank(Key, density, epsilon), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void KeepByRank_BesideASelection_IsMisuse()
    {
        using Inputs inputs = new([40, 40], DataType.F32, models: 2);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open(inputs.Sources(streamed: false));
        ElementSelection selection = session.SelectLargest([new SelectionRequest(1, 10)], 0)[0];

        Assert.That(
            () => session.SumMagnitudes([new TaskVector(1, 1, Sparsifier.KeepSelected(selection)), new TaskVector(2, 1, Sparsifier.KeepByRank(Key, 0.5, 0.1))], 0),
            Throws.ArgumentException);
    }

    /// <summary>A base and models near it, full of ties.</summary>
    private sealed class Inputs : IDisposable
    {
        private readonly HostTensor[] _tensors;

        public Inputs(long[] shape, DataType type, int models)
        {
            Shape = new TensorShape(shape);
            Count = (int)Shape.ElementCount;
            Random random = new(11);
            float[] origin = [.. Enumerable.Range(0, Count).Select(_ => (random.NextSingle() - 0.5f) * 0.04f)];
            _tensors = [.. Enumerable.Range(0, models + 1).Select(model => HostTensor.FromSingles(
                [.. origin.Select(value => model == 0 || random.Next(9) == 0 ? value : value + ((random.NextSingle() - 0.5f) * 0.004f))], Shape, type))];
            Values = [.. _tensors.Select(tensor => tensor.ToSingles())];
        }

        public TensorShape Shape { get; }

        public int Count { get; }

        public float[][] Values { get; }

        public TensorSource[] Sources(bool streamed) => [.. _tensors.Select(tensor => streamed ? new StreamedSource(tensor.Source) : tensor.Source)];

        public int[] Ranks(int model, int origin)
        {
            int[] ranks = new int[Count];
            (int length, int stride) = Shape.Rank < 2 ? (Count, 1) : ((int)Shape[1], (int)(Count / Shape[0] / Shape[1]));
            float Magnitude(int i) => MathF.Abs(Values[model][i] - (origin < 0 ? 0 : Values[0][i]));
            for (int block = 0; block < Count; block += length * stride)
            {
                for (int column = 0; column < stride; column++)
                {
                    int[] row = [.. Enumerable.Range(0, length).Select(i => block + column + (i * stride))];
                    int rank = 0;
                    foreach (int i in row.OrderBy(Magnitude))
                    {
                        ranks[i] = rank++;
                    }
                }
            }

            return ranks;
        }

        public void Dispose() => Array.ForEach(_tensors, tensor => tensor.Dispose());
    }
}
