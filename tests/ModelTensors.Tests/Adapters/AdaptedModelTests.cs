using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelTensors.Tests.Adapters;

/// <summary>Small enough to do by hand.</summary>
public sealed class AdaptedModelTests
{
    private const string P = AdapterFolder.Prefix;

    [Test]
    public void Linear_AddsTheScaledProduct()
    {
        // s = 6/2 = 3; B A = [[1,0],[2,1]]·[[1,2,3],[0,1,-1]] = [[1,2,3],[2,5,5]].
        float[] actual = Read("layer.weight", AdapterFolder.Config(2, 6), [("layer.weight", [2, 3], [10, 20, 30, 40, 50, 60])],
            TestFile.F32(P + "layer.lora_A.weight", [2, 3], 1, 2, 3, 0, 1, -1), TestFile.F32(P + "layer.lora_B.weight", [2, 2], 1, 0, 2, 1));
        Assert.That(actual, Is.EqualTo([13f, 26, 39, 46, 65, 75]));
    }

    [Test]
    public void Linear_StoredInputsFirst_AddsTheTranspose()
    {
        float[] actual = Read("layer.weight", AdapterFolder.Config(2, 6, ("fan_in_fan_out", true)), [("layer.weight", [3, 2], [10, 20, 30, 40, 50, 60])],
            TestFile.F32(P + "layer.lora_A.weight", [2, 3], 1, 2, 3, 0, 1, -1), TestFile.F32(P + "layer.lora_B.weight", [2, 2], 1, 0, 2, 1));
        Assert.That(actual, Is.EqualTo([13f, 26, 36, 55, 59, 75]));
    }

    [Test]
    public void Embedding_AddsTheTranspose_WithoutWeightInItsNames()
    {
        // Three tokens of width 2, s = 2: (B A)ᵀ with A = [1,2,3], B = [[1],[10]].
        float[] actual = Read("embed.weight", AdapterFolder.Config(1, 2), [("embed.weight", [3, 2], [0, 0, 0, 0, 0, 1])],
            TestFile.F32(P + "embed.lora_embedding_A", [1, 3], 1, 2, 3), TestFile.F32(P + "embed.lora_embedding_B", [2, 1], 1, 10));
        Assert.That(actual, Is.EqualTo([2f, 20, 4, 40, 6, 61]));
    }

    [Test]
    public void Convolution_AddsTheProductOverItsKernels()
    {
        float[] actual = Read("conv.weight", AdapterFolder.Config(1, 1), [("conv.weight", [2, 1, 2], [0, 0, 0, 1])],
            TestFile.F32(P + "conv.lora_A.weight", [1, 1, 2], 1, 2), TestFile.F32(P + "conv.lora_B.weight", [2, 1, 1], 3, 5));
        Assert.That(actual, Is.EqualTo([3f, 6, 5, 11]));
    }

    [Test]
    public void LoraBias_IsScaledAndAdded()
    {
        float[] actual = Read("layer.bias", AdapterFolder.Config(1, 4, ("lora_bias", true)), [("layer.weight", [2, 1], [0, 0]), ("layer.bias", [2], [1, 2])],
            TestFile.F32(P + "layer.lora_A.weight", [1, 1], 1), TestFile.F32(P + "layer.lora_B.weight", [2, 1], 1, 1), TestFile.F32(P + "layer.lora_B.bias", 10, 20));
        Assert.That(actual, Is.EqualTo([41f, 82]));
    }

    [Test]
    public void WholeTensors_ReplaceTheModels_AlsoBelowFactors()
    {
        JsonObject config = AdapterFolder.Config(1, 1, ("bias", "lora_only"), ("modules_to_save", new JsonArray("head")));
        (string, long[], float[])[] model = [("layer.weight", [1, 2], [1, 2]), ("layer.bias", [1], [1]), ("head.weight", [1], [1])];
        (string, DataType, long[], byte[])[] adapter =
        [
            TestFile.F32(P + "layer.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "layer.lora_B.weight", [1, 1], 1),
            TestFile.F32(P + "layer.base_layer.bias", 7), TestFile.F32(P + "layer.base_layer.weight", [1, 2], 10, 20), TestFile.F32(P + "head.weight", 9),
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read("layer.weight", config, model, adapter), Is.EqualTo([11f, 21]));
            Assert.That(Read("layer.bias", config, model, adapter), Is.EqualTo([7f]));
            Assert.That(Read("head.weight", config, model, adapter), Is.EqualTo([9f]));
        }
    }

    [Test]
    public void Read_OfAnyPiece_GivesTheSameBits([Values(DataType.F32, DataType.BF16, DataType.F16)] DataType type, [Values] bool isTransposed)
    {
        using TestFolder folder = new();
        Random random = new(5);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(5, 7, ("fan_in_fan_out", isTransposed)),
            TestFile.F32(P + "layer.lora_A.weight", [5, 67], Numbers(5 * 67)), TestFile.F32(P + "layer.lora_B.weight", [43, 5], Numbers(43 * 5)));
        TensorShape shape = isTransposed ? new TensorShape(67, 43) : new TensorShape(43, 67);
        using HostTensor weights = HostTensor.FromSingles(Numbers(43 * 67), shape, type);
        using AdaptedModel model = new(new MemoryTensorSet([new("layer.weight", weights)]), LoraAdapter.Open(folder["a"]));
        Assert.That(model.TryGet("layer.weight", out TensorSource? source));
        float[] whole = TestFile.Floats(source!);
        Assert.That(source!.StoredDataType, Is.EqualTo(type));
        foreach (int piece in (int[])[1, 13, 61, 67, 200, 1000])
        {
            float[] pieces = new float[whole.Length];
            for (int start = 0; start < whole.Length; start += piece)
            {
                source.Read(start, MemoryMarshal.AsBytes(pieces.AsSpan(start, Math.Min(piece, whole.Length - start))));
            }

            Assert.That(pieces.AsSpan().SequenceEqual(whole), $"other bits in pieces of {piece}");
        }
    }

    [Test]
    public void Adapter_OfAnotherModel_IsRefusedWithEveryModule()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(1, 1, ("base_model_name_or_path", "org/other")),
            TestFile.F32(P + "one.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "one.lora_B.weight", [1, 1], 1),
            TestFile.F32(P + "two.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "two.lora_B.weight", [1, 1], 1));
        using HostTensor weights = HostTensor.FromSingles([1, 2, 3], new TensorShape(3, 1));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        AdapterException error = Assert.Throws<AdapterException>(() => _ = new AdaptedModel(new MemoryTensorSet([new("two.weight", weights)]), adapter))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => problem.Error), Is.EqualTo([AdapterError.TensorNotInModel, AdapterError.ShapeMismatch]));
            Assert.That(error.Message, Does.Contain("'one.weight'").And.Contain("org/other").And.Contain("[1, 2]").And.Contain("[3, 1]"));
        }
    }

    [Test]
    public void Resolver_OfModelPlusAdapter_FoldsBoth_AndTwoAdaptersInTurn()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["m", "model.safetensors"], TestFile.F32("layer.weight", [1, 2], 1, 2));
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(1, 1), TestFile.F32(P + "layer.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "layer.lora_B.weight", [1, 1], 10));
        TestFile.Write(folder["m+x", "model.safetensors"], TestFile.F32("layer.weight", [1, 2], 5, 5));
        ModelResolver resolver = new(new ModelResolverOptions { BaseFolders = [folder.Path] });
        using TensorSet once = resolver.Open("m+a");
        using TensorSet twice = resolver.Open("m+a+a");
        using TensorSet plus = resolver.Open("m+x");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Floats(once), Is.EqualTo([11f, 12]));
            Assert.That(Floats(twice), Is.EqualTo([21f, 22]));
            Assert.That(Floats(plus), Is.EqualTo([5f, 5]), "a folder of that very name");
            Assert.That(once.Files.Select(file => file.Name), Is.EqualTo(["model.safetensors", "adapter_config.json", "adapter_model.safetensors"]));
            Assert.That(Assert.Throws<CheckpointException>(() => resolver.Open("m+none"))!.Message, Does.Contain("adapter 'none'"));
            Assert.That(Assert.Throws<CheckpointException>(() => resolver.Open("none+a"))!.Message, Does.Contain("model 'none'"));
        }

        static float[] Floats(TensorSet set) => set.TryGet("layer.weight", out TensorSource? source) ? TestFile.Floats(source) : [];
    }

    [Test]
    public void MemoryResolver_OfAKnownModelPlusAdapter_FoldsIt()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(1, 1), TestFile.F32(P + "layer.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "layer.lora_B.weight", [1, 1], 10));
        using HostTensor weights = HostTensor.FromSingles([1, 2], new TensorShape(1, 2));
        MemoryModelResolver resolver = new([new("known", new MemoryTensorSet([new("layer.weight", weights)]))]);
        using TensorSet model = resolver.Open($"known+{folder["a"]}");
        Assert.That(model.TryGet("layer.weight", out TensorSource? source) ? TestFile.Floats(source) : [], Is.EqualTo([11f, 12]));
    }

    private static float[] Read(
        string name, JsonObject config, (string Name, long[] Shape, float[] Values)[] model, params (string Name, DataType Type, long[] Shape, byte[] Data)[] adapter)
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], config, adapter);
        TestFile.Write(folder["m", "model.safetensors"], [.. model.Select(tensor => TestFile.F32(tensor.Name, tensor.Shape, tensor.Values))]);
        using AdaptedModel adapted = new(Checkpoint.Open(folder["m"]), LoraAdapter.Open(folder["a"]));
        Assert.That(adapted.TryGet(name, out TensorSource? source));
        return TestFile.Floats(source!);
    }
}
