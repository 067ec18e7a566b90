using System.Text.Json.Nodes;
using ModelAggregation.Inspection;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Inspection;

public sealed class CheckpointInspectorTests
{
    [Test]
    public void AModel_IsListed_Counted_AndSummedUp()
    {
        using TestFolder folder = new();
        using TestModel model = new()
        {
            Config = new JsonObject { ["model_type"] = "llama" },
        };
        model.Add("a", DataType.BF16, [2, 2], 3, 4, 0, 0)
            .Add("b", DataType.F32, [3], 1, float.NaN, float.NegativeInfinity)
            .AddBytes("ids", DataType.I64, [1], new byte[8])
            .Add("none", DataType.BF16, [0, 4]);
        using Checkpoint checkpoint = Checkpoint.Open(model.Write(folder["model"], shards: 2));

        CheckpointInspection inspection = CheckpointInspector.Inspect(checkpoint);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(inspection.Tensors.ToDictionary(tensor => tensor.Info.Name, tensor => (tensor.Info.ByteLength, tensor.NonFiniteCount, tensor.Norm), StringComparer.Ordinal), Is.EquivalentTo(new Dictionary<string, (long, long?, double?)>(StringComparer.Ordinal)
            {
                ["a"] = (8, 0, 5),
                ["b"] = (12, 2, double.NaN),
                ["ids"] = (8, null, null),
                ["none"] = (0, null, null),
            }));
            Assert.That(inspection.Types, Is.EqualTo((DataTypeTotal[])[new(DataType.F32, 1, 3, 12), new(DataType.BF16, 2, 4, 8), new(DataType.I64, 1, 1, 8)]));
            Assert.That((inspection.ParameterCount, inspection.ByteLength, inspection.NonFiniteCount), Is.EqualTo((8L, 28L, (long?)2)));
            Assert.That(inspection.Files, Has.Count.EqualTo(2));
            Assert.That(inspection.Config!.ToDocument()["model_type"]!.GetValue<string>(), Is.EqualTo("llama"));
            Assert.That(inspection.AdapterConfig, Is.Null);
            Assert.That(CheckpointInspector.InspectHeaders(checkpoint).NonFiniteCount, Is.Null);
        }
    }

    [Test]
    public void AnAdapter_ShowsItsConfiguration()
    {
        using TestFolder folder = new();
        WriteAdapter(folder.Path, """{"peft_type": "LORA", "r": 4}""");
        using TensorSet adapter = new ModelResolver(new ModelResolverOptions { BaseFolders = [folder.Path] }).Open("adapter");

        CheckpointInspection inspection = CheckpointInspector.Inspect(adapter);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(inspection.AdapterConfig!["r"]!.GetValue<int>(), Is.EqualTo(4));
            Assert.That(inspection.Tensors.Select(tensor => tensor.Info.Name), Is.EqualTo((string[])["base_model.model.q_proj.lora_A.weight"]));
        }
    }

    [TestCase("[]")]
    [TestCase("{")]
    public void AnAdapterConfiguration_ThatIsNoObject_IsATypedError(string json)
    {
        using TestFolder folder = new();
        WriteAdapter(folder.Path, json);
        using Checkpoint adapter = Checkpoint.Open(folder["adapter"]);

        CheckpointException error = Assert.Throws<CheckpointException>(() => CheckpointInspector.InspectHeaders(adapter))!;
        Assert.That((error.Error, Path.GetFileName(error.File)), Is.EqualTo((CheckpointError.ConfigInvalid, "adapter_config.json")));
    }

    // Alone, because what other tests allocate would count.
    [Test, NonParallelizable]
    public void ATensorOf64MiB_IsReadInBoundedMemory_WithProgress_ForAnyThreads()
    {
        using TestModel model = new TestModel().Add("w", DataType.BF16, [1 << 12, 1 << 13], new float[1 << 25]);
        model["w"].AsSpan<ushort>(1 << 24, 1)[0] = 0x7FC0;
        List<InspectionProgress> reports = [];
        Gate progress = new(reports.Add);

        long before = GC.GetTotalAllocatedBytes(precise: true);
        CheckpointInspection inspection = CheckpointInspector.Inspect(model.ToSet(), new InspectionOptions { Threads = 3 }, progress);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(inspection.NonFiniteCount, Is.EqualTo(1));
            Assert.That(reports, Has.Count.GreaterThan(3));
            Assert.That(reports.Select(report => report.BytesRead), Is.Ordered);
            Assert.That(reports[^1], Is.EqualTo(new InspectionProgress("w", 1, 1, 1 << 26, 1 << 26)));
            Assert.That(allocated, Is.LessThan(8 << 20), "bytes of managed memory");
        }
    }

    [Test]
    public void ACancelledInspection_Stops()
    {
        using TestModel model = new TestModel().Add("w", 1, 2);
        Assert.That(
            () => CheckpointInspector.Inspect(model.ToSet(), cancellationToken: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    private static void WriteAdapter(string folder, string config)
    {
        using TestModel adapter = new TestModel().Add("base_model.model.q_proj.lora_A.weight", DataType.F32, [2, 2], 1, 2, 3, 4);
        string path = adapter.Write(Path.Combine(folder, "adapter"));
        File.Move(Path.Combine(path, "model.safetensors"), Path.Combine(path, "adapter_model.safetensors"));
        File.WriteAllText(Path.Combine(path, "adapter_config.json"), config);
    }

    private sealed class Gate(Action<InspectionProgress> report) : IProgress<InspectionProgress>
    {
        public void Report(InspectionProgress value) => report(value);
    }
}
