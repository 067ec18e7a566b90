using System.Text.Json.Nodes;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Adapters;

/// <summary>What was opened and saved is the same adapter: bytes, scalings and configuration.</summary>
public sealed class AdapterRoundTripTests
{
    private const string P = AdapterFolder.Prefix;

    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    private static IEnumerable<TestCaseData> Kinds()
    {
        yield return Kind("linear", AdapterFolder.Config(1, 3), F32("a.lora_A.weight", 1, 3), F32("a.lora_B.weight", 2, 1));
        yield return Kind("half", AdapterFolder.Config(1, 3), (P + "a.lora_A.weight", DataType.F16, [1, 3], [1, 2, 3, 4, 5, 6]), (P + "a.lora_B.weight", DataType.BF16, [1, 1], [7, 8]));
        yield return Kind("Conv1D", AdapterFolder.Config(1, 3, ("fan_in_fan_out", true)), F32("a.lora_A.weight", 1, 3), F32("a.lora_B.weight", 2, 1));
        yield return Kind("rsLoRA", AdapterFolder.Config(3, 7, ("use_rslora", true)), F32("a.lora_A.weight", 3, 3), F32("a.lora_B.weight", 2, 3));
        yield return Kind(
            "patterns",
            AdapterFolder.Config(3, 7, ("rank_pattern", JsonNode.Parse("""{"layers.[01].b": 2}""")), ("alpha_pattern", JsonNode.Parse("""{"b": 0.7}""")), ("lora_dropout", 0.05)),
            F32("layers.0.a.lora_A.weight", 3, 3), F32("layers.0.a.lora_B.weight", 2, 3), F32("layers.0.b.lora_A.weight", 2, 3), F32("layers.0.b.lora_B.weight", 2, 2));
        yield return Kind(
            "embedding", AdapterFolder.Config(2, 3), F32("e.lora_embedding_A", 2, 5), F32("e.lora_embedding_B", 3, 2), F32("e.base_layer.weight", 5, 3));
        yield return Kind("convolution", AdapterFolder.Config(2, 3), F32("c.lora_A.weight", 2, 3, 3, 3), F32("c.lora_B.weight", 4, 2, 1, 1));
        yield return Kind("lora_bias", AdapterFolder.Config(1, 3, ("lora_bias", true)), F32("a.lora_A.weight", 1, 3), F32("a.lora_B.weight", 2, 1), F32("a.lora_B.bias", 2));
        yield return Kind(
            "biases", AdapterFolder.Config(1, 3, ("bias", "all")), F32("a.lora_A.weight", 1, 3), F32("a.lora_B.weight", 2, 1), F32("a.base_layer.bias", 2), F32("n.bias", 4));
        yield return Kind(
            "modules_to_save", AdapterFolder.Config(1, 3, ("modules_to_save", new JsonArray("head"))), F32("a.lora_A.weight", 1, 3), F32("a.lora_B.weight", 2, 1),
            F32("head.modules_to_save.default.weight", 2, 2), F32("head.modules_to_save.default.bias", 2));
        yield return Kind(
            "DoRA", AdapterFolder.Config(1, 3, ("use_dora", true)), F32("a.lora_A.weight", 1, 3), F32("a.lora_B.weight", 2, 1), F32("a.lora_magnitude_vector", 2),
            F32("e.lora_embedding_A", 1, 5), F32("e.lora_embedding_B", 3, 1), F32("e.lora_magnitude_vector.default.weight", 3),
            F32("c.lora_A.weight", 1, 3, 3), F32("c.lora_B.weight", 4, 1, 1), F32("c.lora_magnitude_vector.weight", 1, 4, 1));
    }

    [TestCaseSource(nameof(Kinds))]
    public void Save_OfAnOpenedAdapter_WritesAnEquivalentOne(JsonObject config, (string, DataType, long[], byte[])[] tensors)
    {
        using TestFolder folder = new();
        using LoraAdapter adapter = LoraAdapter.Open(AdapterFolder.Write(folder["a"], config, tensors));
        adapter.Save(folder["saved"], Device);
        using LoraAdapter saved = LoraAdapter.Open(folder["saved"]);
        AssertEqual(saved, adapter);
        Assert.That(JsonNode.DeepEquals(saved.Config.ToDocument(), config));
    }

    [TestCaseSource(nameof(Kinds))]
    public void Save_WithOptions_WritesTheSameUpdates(JsonObject config, (string, DataType, long[], byte[])[] tensors)
    {
        using TestFolder folder = new();
        using LoraAdapter adapter = LoraAdapter.Open(AdapterFolder.Write(folder["a"], config, tensors));
        adapter.Save(folder["saved"], Device, new LoraAdapterWriterOptions { BaseModel = "org/other" });
        using LoraAdapter saved = LoraAdapter.Open(folder["saved"]);
        AssertEqual(saved, adapter);
        Assert.That(saved.Config.BaseModel, Is.EqualTo("org/other"));
    }

    [TestCaseSource(nameof(Kinds))]
    public void Save_OfTheSameModulesInMemory_WritesTheSameUpdates(JsonObject config, (string, DataType, long[], byte[])[] tensors)
    {
        using TestFolder folder = new();
        using LoraAdapter adapter = LoraAdapter.Open(AdapterFolder.Write(folder["a"], config, tensors));
        using LoraAdapter inMemory = new(adapter.Modules, adapter.WholeTensors);
        inMemory.Save(folder["saved"], Device);
        using LoraAdapter saved = LoraAdapter.Open(folder["saved"]);
        AssertEqual(saved, adapter);
    }

    [Test]
    public void Save_OfAnAdapterThatSomebodyElseTrained_WritesAnEquivalentOne([Values] bool isInMemory)
    {
        using TestFolder folder = new();
        using LoraAdapter adapter = LoraAdapter.Open(AdapterFolder.OfSomebodyElse());
        using LoraAdapter inMemory = new(adapter.Modules, adapter.WholeTensors);
        (isInMemory ? inMemory : adapter).Save(folder["saved"], Device);
        using LoraAdapter saved = LoraAdapter.Open(folder["saved"]);
        AssertEqual(saved, adapter);
        Assert.That(isInMemory || JsonNode.DeepEquals(saved.Config.ToDocument(), adapter.Config.ToDocument()));
    }

    private static void AssertEqual(LoraAdapter actual, LoraAdapter expected)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(actual.Modules.Select(Describe), Is.EqualTo(expected.Modules.Select(Describe)));
            Assert.That(actual.WholeTensors.Select(whole => (whole.Key, Describe(whole.Value))), Is.EqualTo(expected.WholeTensors.Select(whole => (whole.Key, Describe(whole.Value)))));
        }
    }

    private static string Describe(LoraModule module) => string.Join(
        ' ', module.Path, module.Kind, module.Scaling, module.IsTransposed, Describe(module.A), Describe(module.B), Describe(module.Bias), Describe(module.Magnitude));

    private static string Describe(TensorSource? source)
    {
        if (source is null)
        {
            return "none";
        }

        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        return $"{source.DataType} {source.Shape} {Convert.ToHexString(bytes)}";
    }

    private static TestCaseData Kind(string name, JsonObject config, params (string, DataType, long[], byte[])[] tensors) =>
        new TestCaseData(config, tensors).SetArgDisplayNames(name);

    private static (string, DataType, long[], byte[]) F32(string name, params long[] shape)
    {
        Random random = new(name.Length);
        return TestFile.F32(P + name, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (x, y) => x * y)).Select(_ => (float)random.NextDouble())]);
    }
}
