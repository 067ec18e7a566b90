using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelTensors.Tests.Checkpoints;

public sealed class CheckpointTests
{
    [Test]
    public void Open_OfAShardedFolder_HasTheIndexedTensors_InTheOrderOfTheFiles()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["model-00001-of-00002.safetensors"], TestFile.F32("b", 1), TestFile.F32("c", 2));
        TestFile.Write(folder["model-00002-of-00002.safetensors"], TestFile.F32("a", 3), TestFile.F32("unlisted", 4));
        WriteIndex(folder, ("a", "model-00002-of-00002.safetensors"), ("b", "model-00001-of-00002.safetensors"), ("c", "model-00001-of-00002.safetensors"));
        folder.Write("config.json", """{"architectures":["LlamaForCausalLM"],"num_hidden_layers":2,"unknown":{"x":1}}""");
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(checkpoint.Names, Is.EqualTo(["b", "c", "a"]));
            Assert.That(checkpoint.TryGet("unlisted", out _), Is.False);
            Assert.That(checkpoint.TryGet("a", out TensorSource? a), Is.True);
            Assert.That(TestFile.Floats(a!), Is.EqualTo([3f]));
            Assert.That(checkpoint.Config!.Architecture, Is.EqualTo("LlamaForCausalLM"));
            Assert.That(checkpoint.Config.ToDocument()["unknown"]!["x"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(checkpoint.Folder, Is.EqualTo(folder.Path));
            Assert.That(checkpoint.Files.Select(f => f.Name), Is.EqualTo(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]));
        }
    }

    [Test]
    public void Open_OfOneFile_OrAFolderWithOne_OrWithBareFiles_NeedsNoConfiguration()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["single", "model.safetensors"], TestFile.F32("a", 1));
        TestFile.Write(folder["single", "other.safetensors"], TestFile.F32("a", 2));
        TestFile.Write(folder["bare", "x.safetensors"], TestFile.F32("x", 1));
        TestFile.Write(folder["bare", "y.safetensors"], TestFile.F32("y", 1));
        using Checkpoint single = Checkpoint.Open(folder["single"]);
        using Checkpoint file = Checkpoint.Open(folder["single", "other.safetensors"], new CheckpointOptions { ReadMode = SafetensorsReadMode.Mapped });
        using Checkpoint bare = Checkpoint.Open(folder["bare"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(single.Files.Single().Name, Is.EqualTo("model.safetensors"));
            Assert.That(single.Config, Is.Null);
            Assert.That(file.TryGet("a", out TensorSource? a) && a.TryGetSpan(0, 1, out _), Is.True);
            Assert.That(bare.Names, Is.EqualTo(["x", "y"]));
        }
    }

    [Test]
    public void Open_OfNothing_IsNotFound()
    {
        using TestFolder folder = new();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.NotFound));
            Assert.That(() => Checkpoint.Open(folder["absent"]), Fails(CheckpointError.NotFound));
        }
    }

    [TestCase("pytorch_model.bin")]
    [TestCase("model.pt")]
    [TestCase("consolidated.00.pth")]
    public void Open_OfPickledWeights_RefusesAndNamesTheWayOut(string name)
    {
        using TestFolder folder = new();
        folder.Write(name, "x");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.PickleFile).And.Message.Contains("safe_serialization=True").And.Message.Contains("save_file"));
            Assert.That(() => Checkpoint.Open(folder[name]), Fails(CheckpointError.PickleFile));
        }
    }

    [Test]
    public void Open_OfAnotherKindOfFile_IsUnsupported()
    {
        using TestFolder folder = new();
        Assert.That(() => Checkpoint.Open(folder.Write("model.gguf", "GGUF")), Fails(CheckpointError.UnsupportedFormat));
    }

    [TestCase("[]")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("""{"a":1,"a":2}""")]
    [TestCase("""{"a":"\ud800"}""")]
    [TestCase("""{"quantization_config":7}""")]
    [TestCase("""{"quantization_config":{"quant_method":"fp8","weight_block_size":[128]}}""")]
    [TestCase("""{"quantization_config":{"quant_method":"fp8","weight_block_size":[128,0]}}""")]
    [TestCase("""{"quantization_config":{"quant_method":"fp8","ignore":"lm_head"}}""")]
    [TestCase("""{"quantization_config":{"quant_method":"fp8","ignore":["re:("]}}""")]
    public void Open_WithAHostileConfiguration_IsConfigInvalid(string config)
    {
        using TestFolder folder = new();
        TestFile.Write(folder["model.safetensors"], TestFile.F32("a", 1));
        folder.Write("config.json", config);
        Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.ConfigInvalid));
    }

    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"weight_map":[]}""")]
    [TestCase("""{"weight_map":{"a":7}}""")]
    [TestCase("""{"weight_map":{"a":""}}""")]
    [TestCase("""{"weight_map":{"a":"m.safetensors","a":"m.safetensors"}}""")]
    public void Open_WithABrokenIndex_IsIndexInvalid(string index)
    {
        using TestFolder folder = new();
        folder.Write("model.safetensors.index.json", index);
        Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.IndexInvalid));
    }

    [TestCase("../m.safetensors")]
    [TestCase("sub/m.safetensors")]
    [TestCase("..\\m.safetensors")]
    [TestCase("/etc/m.safetensors")]
    [TestCase("C:m.safetensors")]
    [TestCase("..")]
    public void Open_WithAnIndexThatLeavesTheFolder_Refuses(string shard)
    {
        using TestFolder folder = new();
        TestFile.Write(folder["m.safetensors"], TestFile.F32("a", 1));
        TestFile.Write(folder["model", "sub", "m.safetensors"], TestFile.F32("a", 1));
        folder.Write("model/model.safetensors.index.json", new JsonObject { ["weight_map"] = new JsonObject { ["a"] = shard } }.ToJsonString());
        Assert.That(() => Checkpoint.Open(folder["model"]), Fails(CheckpointError.IndexEscapesFolder).And.Property("TensorName").EqualTo("a"));
    }

    [Test]
    public void Open_WithoutAShard_OrWithoutAnIndexedTensor_NamesIt()
    {
        using TestFolder folder = new();
        WriteIndex(folder, ("a", "m.safetensors"));
        Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.ShardMissing).And.Property("File").EqualTo(folder["m.safetensors"]));
        TestFile.Write(folder["m.safetensors"], TestFile.F32("b", 1));
        Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.TensorMissingInShard).And.Property("TensorName").EqualTo("a"));
        WriteIndex(folder, ("a", "m.bin"));
        Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.PickleFile));
    }

    [Test]
    public void Open_OfBareFilesThatShareAName_Refuses()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["x.safetensors"], TestFile.F32("a", 1));
        TestFile.Write(folder["y.safetensors"], TestFile.F32("a", 1));
        Assert.That(() => Checkpoint.Open(folder.Path), Fails(CheckpointError.DuplicateTensor).And.Property("TensorName").EqualTo("a"));
    }

    [Test]
    public void EnsureUnchanged_AfterAChange_IsInputChanged()
    {
        using TestFolder folder = new();
        string path = folder["model.safetensors"];
        TestFile.Write(path, TestFile.F32("a", 1));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.That(checkpoint.EnsureUnchanged, Throws.Nothing);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.That(checkpoint.EnsureUnchanged, Fails(CheckpointError.InputChanged));
    }

    [Test]
    public void MemoryTensorSet_GivesWhatWasAdded_AndAResolverLendsIt()
    {
        using HostTensor tensor = HostTensor.FromSingles([1, 2], new TensorShape(2));
        using MemoryTensorSet set = new([KeyValuePair.Create("a", tensor)], new ModelConfig(new JsonObject { ["num_layers"] = 3 }));
        MemoryModelResolver resolver = new([KeyValuePair.Create<string, TensorSet>("base", set)]);
        using (TensorSet borrowed = resolver.Open("base"))
        {
            Assert.That(borrowed.Names, Is.EqualTo(["a"]));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.TryGet("a", out TensorSource? source) ? TestFile.Floats(source) : [], Is.EqualTo([1f, 2f]));
            Assert.That(set.Config!.LayerCount, Is.EqualTo(3));
            Assert.That(() => set.Add("a", tensor), Throws.ArgumentException);
            Assert.That(() => resolver.Open("other"), Fails(CheckpointError.NotFound).And.Message.Contains("base"));
        }
    }

    internal static NUnit.Framework.Constraints.EqualConstraint<CheckpointError> Fails(CheckpointError error) =>
        Throws.InstanceOf<CheckpointException>().With.Property(nameof(CheckpointException.Error)).EqualTo(error);

    private static void WriteIndex(TestFolder folder, params (string Tensor, string File)[] map)
    {
        JsonObject weights = new(map.Select(m => KeyValuePair.Create<string, JsonNode?>(m.Tensor, m.File)));
        folder.Write("model.safetensors.index.json", new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = weights }.ToJsonString());
    }
}
