using System.Text.Json.Nodes;
using ModelAggregation.Extraction;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;
using ModelTensors.LowRank;

namespace ModelAggregation.Conformance;

/// <summary>The golden extractions: the best approximation of a difference by a matrix of given rank.</summary>
public sealed class LoraExtractConformanceTests
{
    private static readonly Dictionary<string, JsonNode> Cases = Vectors.Load("index.json")["cases"]!.AsArray()
        .Where(item => item!["method"]!.GetValue<string>() is "lora_extract")
        .ToDictionary(item => item!["id"]!.GetValue<string>(), item => item!, StringComparer.Ordinal);

    private static string[] Ids() => [.. Cases.Keys];

    [Test]
    public void TheVectorsHaveTheCases() => Assert.That(Cases, Has.Count.EqualTo(5));

    [TestCaseSource(nameof(Ids))]
    public void Extract_Exactly_AgreesWithTheReference(string id) => AssertAgrees(Cases[id], new RandomizedSvdOptions());

    [TestCaseSource(nameof(Ids))]
    public void Extract_ByRandomDirections_AgreesWithTheReference(string id) =>
        AssertAgrees(Cases[id], new RandomizedSvdOptions { ExactSide = 0, Oversampling = 8, PowerIterations = 60 });

    [TestCaseSource(nameof(Ids))]
    public void Extract_OnAnyThreadsAndTiles_GivesTheSameBytes(string id)
    {
        RandomizedSvdOptions options = new() { ExactSide = 0, Oversampling = 4 };
        Dictionary<string, byte[]>? first = null;
        foreach ((int threads, int tile, long memory) in (ReadOnlySpan<(int, int, long)>)[(1, 65_536, 1L << 20), (2, 61, 0), (7, 61, 1L << 20), (7, 65_536, 0)])
        {
            using TestFolder folder = new();
            Extract(Cases[id], folder["out"], options, threads, tile, memory);
            using Checkpoint file = Checkpoint.Open(folder["out", "adapter_model.safetensors"]);
            Dictionary<string, byte[]> bytes = TensorBytes.ReadAll(file);
            first ??= bytes;
            foreach ((string name, byte[] values) in bytes)
            {
                Assert.That(values.AsSpan().SequenceEqual(first[name]), $"other bytes of {name} with {threads} threads, tiles of {tile} and {memory} bytes");
            }
        }
    }

    private static void AssertAgrees(JsonNode item, RandomizedSvdOptions options)
    {
        using TestFolder folder = new();
        LoraExtractionReport report = Extract(item, folder["out"], options, 2, 61, 1 << 20);
        Assert.That(report.Modules.Single().Rank, Is.EqualTo(item["rank"]!.GetValue<int>()));
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        LoraModule module = adapter.Modules.Single();
        Assert.That(module.Scaling, Is.EqualTo(1));
        float[] a = TensorBytes.Singles(module.A);
        float[] b = TensorBytes.Singles(module.B);
        float[] expected = GoldenTensors.Expected.Singles(item["expected"]!.GetValue<string>());
        (double atol, double rtol) = (item["atol"]!.GetValue<double>(), item["rtol"]!.GetValue<double>());
        (int rows, int columns, int rank) = ((int)module.UpdateShape[0], (int)module.UpdateShape[1], (int)module.Rank);
        List<string> wrong = [];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double actual = Enumerable.Range(0, rank).Sum(k => (double)b[(row * rank) + k] * a[(k * columns) + column]);
                double golden = expected[(row * columns) + column];
                if (!(Math.Abs(actual - golden) <= atol + (rtol * Math.Abs(golden))))
                {
                    wrong.Add($"[{row}, {column}] is {actual:R}, not {golden:R}");
                }
            }
        }

        Assert.That(wrong, Is.Empty, $"{wrong.Count} elements differ: {string.Join("; ", wrong.Take(3))}");
    }

    private static LoraExtractionReport Extract(JsonNode item, string folder, RandomizedSvdOptions options, int threads, int tile, long memory)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile });
        using TestModel tuned = Model(item, "a");
        using TestModel origin = Model(item, "base");
        return LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder, new LoraExtractionOptions
        {
            Rank = item["parameters"]!["max_rank"]!.GetValue<int>(),
            SmallestSingularValue = item["parameters"]!["sv_epsilon"]!.GetValue<double>(),
            DataType = DataType.F32,
            Decomposition = options,
            Device = device,
            WorkingMemory = memory,
        });
    }

    private static TestModel Model(JsonNode item, string model)
    {
        TensorSource source = GoldenTensors.Inputs[item["inputs"]![model]!.GetValue<string>()];
        return new TestModel().AddBytes("layer.weight", source.DataType, source.Shape.Dimensions.AsSpan(), TensorBytes.Read(source));
    }
}
