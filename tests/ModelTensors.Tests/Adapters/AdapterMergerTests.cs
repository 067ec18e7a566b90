using System.Text.Json.Nodes;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;
using ModelTensors.Safetensors;

namespace ModelTensors.Tests.Adapters;

/// <summary>Merging into a checkpoint on disk: small models, but with several files, types and kinds of modules.</summary>
public sealed class AdapterMergerTests
{
    private const string P = AdapterFolder.Prefix;
    private const int Outputs = 70;
    private const int Inputs = 45;
    private const int Rank = 5;
    private const double Alpha = 3;

    [Test]
    public void Merge_AddsTheScaledProduct_WithOneRounding()
    {
        using TestFolder folder = new();
        Write(folder);
        AdapterMergeReport report = new AdapterMerger(Resolver(folder)).Merge("model", ["adapter"], folder["out"]);
        using Checkpoint model = Checkpoint.Open(folder["model"]);
        using Checkpoint merged = Checkpoint.Open(folder["out"]);
        using LoraAdapter adapter = LoraAdapter.Open(folder["adapter"]);
        float[] w = Floats(model, "a.weight");
        float[] a = Floats(adapter.Modules[0].A);
        float[] b = Floats(adapter.Modules[0].B);
        float[] expected = new float[w.Length];
        for (int i = 0; i < w.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, Inputs);
            float sum = 0;
            for (int k = 0; k < Rank; k++)
            {
                sum = MathF.FusedMultiplyAdd(b[(row * Rank) + k], a[(k * Inputs) + column], sum);
            }

            expected[i] = BFloat16.FromSingle(w[i] + ((float)(Alpha / Rank) * sum)).ToSingle();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Floats(merged, "a.weight").AsSpan().SequenceEqual(expected));
            Assert.That(Bytes(merged, "embed.weight").AsSpan().SequenceEqual(Bytes(model, "embed.weight")), "untouched");
            Assert.That(Bytes(merged, "ids").AsSpan().SequenceEqual(Bytes(model, "ids")), "integers");
            Assert.That(Floats(merged, "norm.weight"), Is.EqualTo(Floats(adapter.WholeTensors["norm.weight"])), "replaced");
            Assert.That(merged.Names, Is.EquivalentTo(model.Names));
            Assert.That(merged.Names.Select(name => Source(merged, name).DataType), Is.EqualTo(merged.Names.Select(name => Source(model, name).DataType)));
            Assert.That(JsonNode.DeepEquals(merged.Config!.ToDocument(), model.Config!.ToDocument()));
            Assert.That(File.ReadAllText(folder["out", "tokenizer.json"]), Is.EqualTo("{\"t\": 1}"));
            Assert.That(File.Exists(folder["out", "notes.txt"]), Is.False);
            Assert.That((report.TensorCount, report.AdaptedTensorCount, report.ResumedTensorCount, report.Folder), Is.EqualTo((5, 3, 0, folder["out"])));
        }
    }

    [Test]
    public void Merge_OfSeveralAdapters_AddsOneAfterTheOther()
    {
        using TestFolder folder = new();
        Write(folder);
        AdapterFolder.Write(folder["twice"], AdapterFolder.Config(1, 1), TestFile.F32(P + "b.lora_A.weight", [1, 2], 1, 10), TestFile.F32(P + "b.lora_B.weight", [2, 1], 1, 2));
        new AdapterMerger(Resolver(folder)).Merge("model", ["twice", "twice"], folder["out"], new AdapterMergeOptions { OutputType = DataType.F32 });
        using Checkpoint merged = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Floats(merged, "b.weight"), Is.EqualTo([3f, 22, 7, 44]));
            Assert.That(Source(merged, "a.weight").DataType, Is.EqualTo(DataType.F32));
            Assert.That(Source(merged, "ids").DataType, Is.EqualTo(DataType.I64));
            Assert.That((string?)merged.Config!.ToDocument()["torch_dtype"], Is.EqualTo("float32"));
        }
    }

    [Test]
    public void Merge_OfDora_WritesWhatTheModelReadsAs([Values] bool isTransposed)
    {
        using TestFolder folder = new();
        Write(folder);
        AdapterFolder.Write(
            folder["dora"], AdapterFolder.Config(1, 1, ("use_dora", true), ("fan_in_fan_out", isTransposed)),
            TestFile.F32(P + "b.lora_A.weight", [1, 2], 1, 0), TestFile.F32(P + "b.lora_B.weight", [2, 1], 2, 0), TestFile.F32(P + "b.lora_magnitude_vector", 5, 10));
        new AdapterMerger(Resolver(folder)).Merge("model", ["dora"], folder["out"]);
        using Checkpoint merged = Checkpoint.Open(folder["out"]);

        // V = [[3,2],[3,4]]: row norms √13 and 5, column norms √18 and √20.
        float[] expected = isTransposed
            ? [(float)(5 / Math.Sqrt(18) * 3), (float)(10 / Math.Sqrt(20) * 2), (float)(5 / Math.Sqrt(18) * 3), (float)(10 / Math.Sqrt(20) * 4)]
            : [(float)(5 / Math.Sqrt(13) * 3), (float)(5 / Math.Sqrt(13) * 2), 6, 8];
        Assert.That(Floats(merged, "b.weight"), Is.EqualTo(expected));
    }

    [Test]
    public void Merge_WithAnyThreadsMemoryTilesAndShards_GivesTheSameTensors()
    {
        using TestFolder folder = new();
        Write(folder);
        AdapterMerger merger = new(Resolver(folder));
        merger.Merge("model", ["adapter"], folder["first"], new AdapterMergeOptions { Threads = 1 });
        using Checkpoint first = Checkpoint.Open(folder["first"]);
        using CpuDevice small = new(new CpuDeviceOptions { Threads = 7, TileElements = 61 });
        AdapterMergeOptions[] others = [new() { Threads = 3, WorkingMemory = 1 << 20 }, new() { ShardSize = 2000 }, new() { Device = small }];
        foreach (AdapterMergeOptions options in others)
        {
            merger.Merge("model", ["adapter"], folder["other"], options with { Overwrite = true });
            using Checkpoint other = Checkpoint.Open(folder["other"]);
            foreach (string name in first.Names)
            {
                Assert.That(Bytes(other, name).AsSpan().SequenceEqual(Bytes(first, name)), $"other bytes of {name} with {options}");
            }
        }
    }

    [Test]
    public void Merge_ThatWasStopped_IsContinued_ToTheSameBytes()
    {
        using TestFolder folder = new();
        Write(folder);
        AdapterMerger merger = new(Resolver(folder));
        merger.Merge("model", ["adapter"], folder["whole"]);
        using CancellationTokenSource stop = new();
        Assert.That(
            () => merger.Merge("model", ["adapter"], folder["out"], progress: new After(2, stop.Cancel), cancellationToken: stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.Exists(folder["out"]), Is.False);
        List<AdapterMergeProgress> reports = [];
        AdapterMergeReport report = merger.Merge("model", ["adapter"], folder["out"], progress: new After(0, () => { }, reports));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.ResumedTensorCount, Is.EqualTo(2));
            Assert.That(reports.Select(one => one.TensorsDone), Is.EqualTo([3, 4, 5]));
            Assert.That(reports[^1].BytesRead, Is.EqualTo(reports[^1].BytesToRead));
            Assert.That(File.ReadAllBytes(folder["out", "model.safetensors"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["whole", "model.safetensors"])));
            Assert.That(Directory.GetFileSystemEntries(folder.Path).Where(path => path.Contains("out.", StringComparison.Ordinal)), Is.Empty);
        }
    }

    [TestCase(float.NaN, DataType.BF16)]
    [TestCase(float.PositiveInfinity, DataType.F32)]
    [TestCase(1e6f, DataType.F16)]
    public void Merge_ToWhatIsNotFinite_IsRefusedByName_AndLeavesNoOutput(float value, DataType type)
    {
        using TestFolder folder = new();
        Write(folder);
        AdapterFolder.Write(folder["unsound"], AdapterFolder.Config(1, 1), TestFile.F32(P + "b.lora_A.weight", [1, 2], 1, 0), TestFile.F32(P + "b.lora_B.weight", [2, 1], value, 1));
        AdapterProblem problem = AdapterFolder.Refused(() => new AdapterMerger(Resolver(folder)).Merge("model", ["unsound"], folder["out"], new AdapterMergeOptions { OutputType = type }));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((problem.Error, problem.TensorName), Is.EqualTo((AdapterError.NonFiniteResult, "b.weight")));
            Assert.That(problem.Message, Does.StartWith("1 elements").Or.StartWith("2 elements"));
            Assert.That(Directory.Exists(folder["out"]), Is.False);
        }
    }

    [Test]
    public void Merge_IntoTheModelsOwnFolder_IsRefused_EvenWhenOverwriting()
    {
        using TestFolder folder = new();
        Write(folder);
        foreach (string output in (string[])[folder["model"], folder["adapter"], folder.Path])
        {
            Assert.That(
                Assert.Throws<CheckpointException>(() => new AdapterMerger(Resolver(folder)).Merge("model", ["adapter"], output, new AdapterMergeOptions { Overwrite = true }))!.Error,
                Is.EqualTo(CheckpointError.OutputIsInput));
        }
    }

    [Test]
    public void Merge_OfAnAdapterThatDoesNotFit_IsRefusedBeforeAnythingIsWritten()
    {
        using TestFolder folder = new();
        Write(folder);
        AdapterFolder.Write(folder["unfit"], AdapterFolder.Config(1, 1), TestFile.F32(P + "x.lora_A.weight", [1, 2], 1, 0), TestFile.F32(P + "x.lora_B.weight", [2, 1], 1, 1));
        Assert.That(AdapterFolder.Refused(() => new AdapterMerger(Resolver(folder)).Merge("model", ["adapter", "unfit"], folder["out"])).Error, Is.EqualTo(AdapterError.TensorNotInModel));
        Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(["model", "adapter", "unfit"]));
    }

    [Test]
    public void Merge_OfAModelInMemory_WritesIt()
    {
        using TestFolder folder = new();
        using HostTensor weights = HostTensor.FromSingles([1, 2], new TensorShape(1, 2), DataType.F16);
        using HostTensor one = HostTensor.FromSingles([1], new TensorShape(1, 1));
        using HostTensor a = HostTensor.FromSingles([4, 8], new TensorShape(1, 2));
        using AdaptedModel model = new(
            new MemoryTensorSet([new("m.weight", weights)]), new LoraAdapter([new LoraModule("m", LoraModuleKind.Linear, a.Source, one.Source, 0.5)]));
        AdapterMerger.Merge(model, folder["out"]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["out", "model.safetensors"]);
        Assert.That(file.TryGet("m.weight", out TensorSource? merged));
        Assert.That((merged!.DataType, Floats(merged)), Is.EqualTo((DataType.F16, new float[] { 3, 6 })).Using<(DataType, float[])>((x, y) => x.Item1 == y.Item1 && x.Item2.SequenceEqual(y.Item2)));
    }

    private static ModelResolver Resolver(TestFolder folder) => new(new ModelResolverOptions { BaseFolders = [folder.Path] });

    private static void Write(TestFolder folder)
    {
        TestFile.Write(
            folder["model", "model.safetensors"],
            Random("a.weight", DataType.BF16, 1, Outputs, Inputs), TestFile.F32("b.weight", [2, 2], 1, 2, 3, 4), Random("embed.weight", DataType.BF16, 2, 300, 400),
            ("ids", DataType.I64, [2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]), Random("norm.weight", DataType.BF16, 3, 9));
        folder.Write("model/config.json", """{"model_type": "llama", "torch_dtype": "bfloat16", "x": [1]}""");
        folder.Write("model/tokenizer.json", """{"t": 1}""");
        folder.Write("model/notes.txt", "not taken");
        AdapterFolder.Write(
            folder["adapter"], AdapterFolder.Config(Rank, Alpha, ("modules_to_save", new JsonArray("norm"))),
            Random(P + "a.lora_A.weight", DataType.F32, 4, Rank, Inputs), Random(P + "a.lora_B.weight", DataType.F16, 5, Outputs, Rank),
            Random(P + "b.lora_A.weight", DataType.F32, 6, Rank, 2), Random(P + "b.lora_B.weight", DataType.F32, 7, 2, Rank), Random(P + "norm.weight", DataType.BF16, 8, 9));
    }

    private static (string, DataType, long[], byte[]) Random(string name, DataType type, int seed, params long[] shape)
    {
        Random random = new(seed);
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (x, y) => x * y)).Select(_ => (float)(random.NextDouble() - 0.5))];
        byte[] bytes = new byte[values.Length * type.Size];
        FloatConversion.Narrow(values, bytes, type);
        return (name, type, shape, bytes);
    }

    private static TensorSource Source(TensorSet set, string name) => set.TryGet(name, out TensorSource? source) ? source : throw new KeyNotFoundException(name);

    private static byte[] Bytes(TensorSet set, string name)
    {
        TensorSource source = Source(set, name);
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        return bytes;
    }

    private static float[] Floats(TensorSet set, string name) => Floats(Source(set, name));

    private static float[] Floats(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        float[] values = new float[source.Shape.ElementCount];
        FloatConversion.Widen(bytes, source.DataType, values);
        return values;
    }

    /// <summary>Acts when so many tensors are complete.</summary>
    private sealed class After(int tensors, Action act, List<AdapterMergeProgress>? reports = null) : IProgress<AdapterMergeProgress>
    {
        public void Report(AdapterMergeProgress value)
        {
            reports?.Add(value);
            if (value.TensorsDone == tensors)
            {
                act();
            }
        }
    }
}
