using System.Text.Json.Nodes;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Adapters;

/// <summary>An AdaLoRA is alpha/(rank + 1e-5) · B diag(E) A, of which the singular values go into A.</summary>
public sealed class AdaLoraTests
{
    private const string P = AdapterFolder.Prefix;

    [TestCase("")]
    [TestCase(".default")]
    public void Open_MultipliesTheSingularValuesIntoA(string name)
    {
        using TestFolder folder = new();
        Write(folder["a"], Config(), TestFile.F32($"{P}layer.lora_A{name}", [2, 3], 1, 2, 3, 4, 5, 6), TestFile.F32($"{P}layer.lora_E{name}", [2, 1], 10, -1), TestFile.F32($"{P}layer.lora_B{name}", [1, 2], 7, 8));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        LoraModule module = adapter.Modules.Single();
        float[] part = new float[2];
        module.A.Read(2, System.Runtime.InteropServices.MemoryMarshal.AsBytes(part.AsSpan()));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Config.IsAdaptive);
            Assert.That(TestFile.Floats(module.A), Is.EqualTo([10f, 20, 30, -4, -5, -6]));
            Assert.That(part, Is.EqualTo([30f, -4]));
            Assert.That(TestFile.Floats(module.B), Is.EqualTo([7f, 8]));
            Assert.That(module.Scaling, Is.EqualTo(3 / (2 + 1e-5)));
        }
    }

    [Test]
    public void Open_OfPrunedModules_TakesTheRanksThatWereLeft_ButTheScalingOfAll()
    {
        using TestFolder folder = new();
        JsonObject config = Config(("rank_pattern", JsonNode.Parse("""{"layer.lora_E": [false, true], "gone.lora_E": [false, false]}""")));
        Write(folder["a"], config, F32("layer.lora_A", 1, 3), F32("layer.lora_E", 1, 1), F32("layer.lora_B", 4, 1), F32("gone.lora_A", 0, 3), F32("gone.lora_E", 0, 1), F32("gone.lora_B", 4, 0));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        LoraModule module = adapter.Modules.Single();
        Assert.That((module.Path, module.Rank, module.Scaling), Is.EqualTo(("layer", 1L, 3 / (2 + 1e-5))));
    }

    [Test]
    public void Open_OfARankInTheFile_DividesByThat()
    {
        using TestFolder folder = new();
        Write(folder["a"], Config(), F32("layer.lora_A", 2, 3), F32("layer.lora_E", 2, 1), F32("layer.lora_B", 4, 2), TestFile.F32(P + "layer.ranknum", 5));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        Assert.That(adapter.Modules[0].Scaling, Is.EqualTo(3 / (5 + 1e-5)));
    }

    [Test]
    public void Save_WritesAPlainAdapterOfTheSameUpdate()
    {
        using TestFolder folder = new();
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        Write(folder["a"], Config(("fan_in_fan_out", true)), F32("layer.lora_A", 2, 3), F32("layer.lora_E", 2, 1), F32("layer.lora_B", 4, 2));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        adapter.Save(folder["plain"], device);
        using LoraAdapter plain = LoraAdapter.Open(folder["plain"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.Config.IsAdaptive, Is.False);
            Assert.That(plain.Modules[0].IsTransposed);
            Assert.That(TestFile.Floats(plain.Modules[0].A), Is.EqualTo(TestFile.Floats(adapter.Modules[0].A)));
            Assert.That(plain.Modules[0].Scaling, Is.EqualTo(adapter.Modules[0].Scaling).Within(1).Ulps);
        }
    }

    [TestCase("layer.lora_A", "2,3", AdapterError.MissingFactor)]
    [TestCase("layer.lora_E", "2,1", AdapterError.MissingFactor)]
    [TestCase("layer.lora_A.weight", "2,3", AdapterError.UnknownTensor)]
    public void Open_OfWhatDoesNotBelong_IsRefusedByName(string name, string shape, AdapterError expected)
    {
        using TestFolder folder = new();
        Write(folder["a"], Config(), F32(name, [.. shape.Split(',').Select(long.Parse)]));
        AdapterProblem problem = AdapterFolder.Refused(() => LoraAdapter.Open(folder["a"]));
        Assert.That((problem.Error, problem.TensorName), Is.EqualTo((expected, P + name)));
    }

    [TestCase("use_dora", "true", AdapterError.UnsupportedConfig)]
    [TestCase("rank_pattern", "{\"layer\": 4}", AdapterError.ConfigInvalid)]
    [TestCase("rank_pattern", "{\"layer\": [null]}", AdapterError.ConfigInvalid)]
    [TestCase("init_r", "0", AdapterError.ConfigInvalid)]
    public void Config_ThatNoAdaLoraHas_IsRefusedByName(string key, string value, AdapterError expected)
    {
        AdapterProblem problem = AdapterFolder.Refused(() => _ = new LoraConfig(Config((key, JsonNode.Parse(value)))));
        Assert.That((problem.Error, problem.Message.Contains(key, StringComparison.Ordinal)), Is.EqualTo((expected, true)));
    }

    private static JsonObject Config(params (string Key, JsonNode? Value)[] more) =>
        AdapterFolder.Config(8, 3, [("peft_type", "ADALORA"), ("init_r", 2), ("target_r", 1), ("deltaT", 10), ("beta1", 0.85), ("total_step", 100), .. more]);

    private static void Write(string folder, JsonObject config, params (string Name, DataType Type, long[] Shape, byte[] Data)[] tensors) =>
        AdapterFolder.Write(folder, config, tensors);

    private static (string, DataType, long[], byte[]) F32(string name, params long[] shape) =>
        TestFile.F32(P + name, shape, [.. Enumerable.Range(1, (int)shape.Aggregate(1L, (x, y) => x * y)).Select(value => (float)value)]);
}
