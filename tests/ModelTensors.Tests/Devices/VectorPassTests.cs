using System.Security.Cryptography;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Devices;

/// <summary>Passes over rows and columns, and those that depend on distances, over whole tensors of every awkward shape.</summary>
[Category("Kernels")]
public sealed class VectorPassTests
{
    // Rows and columns that straddle chunks and segments, shorter and longer than either, of whole pairs of steps and of others, single ones, and tensors
    // that are one vector.
    private static readonly long[][] Shapes =
    [
        [1, 70_001], [70_001, 1], [3, 7, 131], [37, 4999], [2049, 97], [5, 66_000], [60_001, 3], [2, 1, 300_001], [1000], [1, 1], [],
        [37, 4992], [5, 66_016], [701, 32], [1024],
    ];

    private static readonly DataType[][] TypeSets =
        [[DataType.BF16, DataType.BF16, DataType.BF16, DataType.BF16], [DataType.F32, DataType.BF16, DataType.F16, DataType.F64]];

    [Test]
    public void Gram_OfEachVector_EqualsSumsInDouble(
        [ValueSource(nameof(Shapes))] long[] shape, [Values] VectorAxis axis, [Values(-1, 0)] int origin, [Values(2, 3)] int vectors, [Range(0, 1)] int types)
    {
        using Inputs inputs = new(TypeSets[types], shape, special: false);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open(inputs.Sources(streamed: false));
        int[] chosen = [.. Enumerable.Range(1, vectors)];
        Func<long, int> vectorOf = VectorOf(shape, axis, out int count);
        double[,,] expected = new double[count, vectors, vectors];
        double[,,] sizes = new double[count, vectors, vectors];
        for (int i = 0; i < inputs.Values[0].Length; i++)
        {
            for (int a = 0; a < vectors; a++)
            {
                for (int b = 0; b < vectors; b++)
                {
                    double At(int vector) => inputs.Values[chosen[vector]][i] - (origin < 0 ? 0 : inputs.Values[0][i]);
                    expected[vectorOf(i), a, b] += At(a) * At(b);
                    sizes[vectorOf(i), a, b] += Math.Abs(At(a) * At(b));
                }
            }
        }

        GramMatrices grams = session.Gram(chosen, axis, origin);

        Assert.That(grams.Count, Is.EqualTo(count));
        List<string> wrong = [];
        for (int vector = 0; vector < count; vector++)
        {
            GramMatrix gram = grams[vector];
            for (int a = 0; a < vectors; a++)
            {
                for (int b = 0; b < vectors; b++)
                {
                    if (!(Math.Abs(gram[a, b] - expected[vector, a, b]) <= (1e-6 * sizes[vector, a, b]) + 1e-300))
                    {
                        wrong.Add($"[{vector}, {a}, {b}] is {gram[a, b]:R}, not {expected[vector, a, b]:R}");
                    }
                }
            }
        }

        Assert.That(wrong, Is.Empty, $"{wrong.Count}: {string.Join("; ", wrong.Take(3))}");
    }

    [Test]
    public void VectorSum_EqualsAFusedLoop([ValueSource(nameof(Shapes))] long[] shape, [Values] VectorAxis axis, [Values(-1, 0)] int origin, [Values] bool streamed)
    {
        using Inputs inputs = new(TypeSets[0], shape, special: false);
        using HostTensor output = new(DataType.BF16, new TensorShape(shape));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2, TileElements = streamed ? 61 : 65_536 });
        using TensorSession session = device.Open(inputs.Sources(streamed));
        Func<long, int> vectorOf = VectorOf(shape, axis, out int count);
        float[][] weights = Weights(count);

        session.Map(new VectorSumMap(axis, [(1, weights[0]), (3, weights[1])]) { Origin = origin }, output.Sink);

        float[] actual = output.ToSingles();
        for (int i = 0; i < actual.Length; i++)
        {
            float from = origin < 0 ? 0 : inputs.Values[0][i];
            float sum = MathF.FusedMultiplyAdd(
                weights[1][vectorOf(i)], inputs.Values[3][i] - from, weights[0][vectorOf(i)] * (inputs.Values[1][i] - from));
            float expected = BFloat16.FromSingle(origin < 0 ? sum : from + sum).ToSingle();
            if (actual[i] != expected)
            {
                Assert.Fail($"Element {i} is {actual[i]:R}, not {expected:R}.");
            }
        }
    }

    [Test]
    public void CountActive_CountsWhatIsAloneAndShared([Range(0, 1)] int types, [Values] bool special)
    {
        const float epsilon = 1e-3f;
        using Inputs inputs = new(TypeSets[types], [300, 701], special);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open(inputs.Sources(streamed: true));
        bool[][] active = [.. Enumerable.Range(1, 3).Select(j => inputs.Values[j].Zip(inputs.Values[0], (value, origin) => !(MathF.Abs(value - origin) <= epsilon)).ToArray())];

        IReadOnlyList<ActivityCounts> counts = session.CountActive([1, 2, 3], 0, epsilon);

        int[] together = [.. Enumerable.Range(0, active[0].Length).Select(i => active.Count(model => model[i]))];
        Assert.That(counts, Is.EqualTo(active.Select(model => new ActivityCounts(
            model.Zip(together).LongCount(pair => pair.First && pair.Second == 1), model.Zip(together).LongCount(pair => pair.First && pair.Second > 1)))));
        Assert.That(session.NonFiniteInputs, Is.EqualTo(inputs.Values.Select(values => values.LongCount(value => !float.IsFinite(value)))));
    }

    [Test]
    [CancelAfter(120_000)]
    public void EveryPass_OnAnyThreadsTilesWidthsAndSources_GivesTheSameBytes([ValueSource(nameof(Shapes))] long[] shape, [Range(0, 1)] int types)
    {
        string expected = Digest(new CpuDeviceOptions { Threads = 1 }, ChunkKernels.Best, shape, types, streamed: false);
        using (Assert.EnterMultipleScope())
        {
            foreach ((int threads, int tile, bool streamed) in new[] { (2, 65_536, false), (7, 1000, true), (2, 61, true), (7, 61, false) })
            {
                CpuDeviceOptions options = new() { Threads = threads, TileElements = tile };
                Assert.That(Digest(options, ChunkKernels.Best, shape, types, streamed), Is.EqualTo(expected), $"{options}, {(streamed ? "streamed" : "lent")}");
            }

            // Software vectors take their time.
            foreach (ChunkKernels kernels in new TensorShape(shape).ElementCount < 5000 || System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? ChunkKernels.All : [])
            {
                Assert.That(Digest(new CpuDeviceOptions { Threads = 2 }, kernels, shape, types, streamed: false), Is.EqualTo(expected), kernels.Description);
            }
        }
    }

    [Test]
    public void Passes_OverNonFiniteElements_CountEachOnce([Values] VectorAxis axis, [Range(0, 1)] int types, [Values(503, 512)] int columns)
    {
        using Inputs inputs = new(TypeSets[types], [211, columns], special: true);
        using HostTensor output = new(DataType.BF16, new TensorShape(211, columns));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 2 });
        using TensorSession session = device.Open(inputs.Sources(streamed: true));

        GramMatrices grams = session.Gram([1, 2, 3], axis, 0);
        session.Map(new ActiveMeanMap(0, [(1, 1), (2, 1), (3, 1)], 0), output.Sink);

        Func<long, int> vectorOf = VectorOf([211, columns], axis, out int count);
        bool[] spoilt = new bool[count];
        for (int i = 0; i < inputs.Values[0].Length; i++)
        {
            spoilt[vectorOf(i)] |= inputs.Values.Any(values => !float.IsFinite(values[i]));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(session.NonFiniteInputs, Is.EqualTo(inputs.Values.Select(values => values.LongCount(value => !float.IsFinite(value)))));
            Assert.That(session.NonFiniteOutputs, Is.EqualTo(output.ToSingles().LongCount(value => !float.IsFinite(value))));
            Assert.That(
                Enumerable.Range(0, count).Select(vector => !double.IsFinite(grams[vector][0, 0] + grams[vector][1, 1] + grams[vector][2, 2])), Is.EqualTo(spoilt));
        }
    }

    [Test]
    public void VectorSum_WithTooFewWeights_IsRefused()
    {
        using HostTensor tensor = new(DataType.F32, new TensorShape(4, 3));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([tensor.Source]);

        Assert.That(
            () => session.Map(new VectorSumMap(VectorAxis.Rows, [(0, new float[3])]), tensor.Sink),
            Throws.ArgumentException.With.Message.Contains("4 vectors along its Rows, but there are weights for 3"));
    }

    [Test]
    public void ABoundBelowZero_IsRefused([Values(-1, double.NaN)] double epsilon)
    {
        using HostTensor tensor = new(DataType.F32, new TensorShape(4, 3));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using TensorSession session = device.Open([tensor.Source, tensor.Source]);

        Assert.That(() => session.CountActive([0], 1, epsilon), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => session.Map(new ActiveMeanMap(1, [(0, 1)], epsilon), tensor.Sink), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static float[][] Weights(int count) =>
        [.. Enumerable.Range(1, 2).Select(seed => Enumerable.Range(0, count).Select(i => (((i * seed) % 7) - 2) / 3f).ToArray())];

    private static Func<long, int> VectorOf(long[] shape, VectorAxis axis, out int count)
    {
        long elements = shape.Aggregate(1L, (product, dimension) => product * dimension);
        long length = shape.Length == 0 ? 1 : axis == VectorAxis.Rows ? shape[^1] : shape[0];
        long vectors = elements / length;
        count = (int)vectors;
        return axis == VectorAxis.Rows ? i => (int)(i / length) : i => (int)(i % vectors);
    }

    private static string Digest(CpuDeviceOptions options, ChunkKernels kernels, long[] shape, int types, bool streamed)
    {
        using Inputs inputs = new(TypeSets[types], shape, special: false);
        using HostTensor output = new(DataType.BF16, new TensorShape(shape));
        TensorSink sink = streamed ? new StreamedSink(output.Sink) : output.Sink;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using CpuDevice device = new(options, kernels);
        using TensorSession session = device.Open(inputs.Sources(streamed));
        foreach (VectorAxis axis in Enum.GetValues<VectorAxis>())
        {
            VectorOf(shape, axis, out int count);
            foreach (int origin in new[] { -1, 0 })
            {
                GramMatrices grams = session.Gram([1, 2, 3], axis, origin);
                for (int vector = 0; vector < grams.Count; vector++)
                {
                    hash.AppendData(BitConverter.GetBytes(grams[vector][0, 0]));
                    hash.AppendData(BitConverter.GetBytes(grams[vector][1, 2]));
                }

                float[][] weights = Weights(count);
                Append(new VectorSumMap(axis, [(1, weights[0]), (2, weights[1])]) { Origin = origin });
            }
        }

        foreach (ActivityCounts counts in session.CountActive([1, 2, 3], 0, 1e-3))
        {
            hash.AppendData(BitConverter.GetBytes(counts.Unique));
            hash.AppendData(BitConverter.GetBytes(counts.Shared));
        }

        Append(new ActiveMeanMap(0, [(1, 1.1), (2, 1.2), (3, 1.3)], 1e-3));
        Append(new NearSwapMap(0, 1, 1e-3));
        return Convert.ToHexString(hash.GetHashAndReset());

        void Append(MapPass pass)
        {
            session.Map(pass, sink);
            byte[] bytes = new byte[output.Source.ByteLength];
            output.Source.Read(0, bytes);
            hash.AppendData(bytes);
        }
    }

    /// <summary>A base and three models near it.</summary>
    private sealed class Inputs : IDisposable
    {
        public Inputs(DataType[] types, long[] shape, bool special)
        {
            Random random = new(7);
            TensorShape dimensions = new(shape);
            float[] origin = [.. Enumerable.Range(0, (int)dimensions.ElementCount).Select(_ => (random.NextSingle() - 0.5f) * 0.04f)];
            Tensors = [.. types.Select((type, j) =>
            {
                float[] values = [.. origin.Select(value => special && random.Next(5000) == 0
                    ? random.Next(2) == 0 ? float.NaN : float.PositiveInfinity
                    : value + (j == 0 ? 0 : (random.NextSingle() - 0.5f) * 0.004f))];
                return HostTensor.FromSingles(values, dimensions, type);
            })];
            Values = [.. Tensors.Select(tensor => tensor.ToSingles())];
        }

        public HostTensor[] Tensors { get; }

        public float[][] Values { get; }

        public TensorSource[] Sources(bool streamed) => [.. Tensors.Select(tensor => streamed ? new StreamedSource(tensor.Source) : tensor.Source)];

        public void Dispose() => Array.ForEach(Tensors, tensor => tensor.Dispose());
    }
}
