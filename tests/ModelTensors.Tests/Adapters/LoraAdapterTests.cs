using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelTensors.Tests.Adapters;

public sealed class LoraAdapterTests
{
    private const string A = AdapterFolder.Prefix + "layer.lora_A.weight";
    private const string B = AdapterFolder.Prefix + "layer.lora_B.weight";

    [Test]
    public void Open_ReadsModulesWithTheirFactors()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(2, 8), TestFile.F32(A, [2, 3], 1, 2, 3, 4, 5, 6), TestFile.F32(B, [4, 2], new float[8]));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        LoraModule module = adapter.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(module.Path, Is.EqualTo("layer"));
            Assert.That(module.Kind, Is.EqualTo(LoraModuleKind.Linear));
            Assert.That(module.Rank, Is.EqualTo(2));
            Assert.That(module.Scaling, Is.EqualTo(4));
            Assert.That(module.UpdateShape, Is.EqualTo(new TensorShape(4, 3)));
            Assert.That(adapter.TryGet("layer", out LoraModule? found) && ReferenceEquals(found, module));
            Assert.That(adapter.Files.Select(file => file.Name), Is.EqualTo(["adapter_config.json", "adapter_model.safetensors"]));
        }
    }

    [Test]
    public void Open_OfNamesThatKeepTheAdaptersName_ReadsThem()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(
            folder["a"],
            AdapterFolder.Config(more: ("modules_to_save", new JsonArray("head"))),
            TestFile.F32(AdapterFolder.Prefix + "layer.lora_A.default.weight", [1, 3], 1, 2, 3),
            TestFile.F32(AdapterFolder.Prefix + "layer.lora_B.default.weight", [2, 1], 1, 2),
            TestFile.F32(AdapterFolder.Prefix + "head.modules_to_save.default.weight", [1], 7));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Modules.Single().Path, Is.EqualTo("layer"));
            Assert.That(adapter.WholeTensors.Keys, Is.EqualTo(["head.weight"]));
        }
    }

    [TestCase("layer.lora_A.weight", "1,2", AdapterError.MissingFactor)]
    [TestCase("layer.lora_B.weight", "2,1", AdapterError.MissingFactor)]
    [TestCase("layer.lora_magnitude_vector", "2", AdapterError.UnknownTensor)]
    [TestCase("layer.lora_magnitude_vector.default.weight", "2", AdapterError.UnknownTensor)]
    [TestCase("layer.lora_A", "1,2", AdapterError.UnknownTensor)]
    [TestCase("layer.ranknum", "1", AdapterError.UnknownTensor)]
    [TestCase("layer.lora_E", "2,1", AdapterError.UnknownTensor)]
    [TestCase("layer.lora_C.weight", "2,1", AdapterError.UnknownTensor)]
    [TestCase("embed.token_adapter.trainable_tokens_delta", "2,1", AdapterError.UnknownTensor)]
    [TestCase("layer.weight", "2,1", AdapterError.UnknownTensor)]
    [TestCase("layer.lora_B.bias", "2", AdapterError.UnknownTensor)]
    public void Open_OfATensorThatDoesNotBelong_IsRefusedByName(string name, string shape, AdapterError expected)
    {
        using TestFolder folder = new();
        long[] dimensions = [.. shape.Split(',').Select(long.Parse)];
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(), TestFile.F32(AdapterFolder.Prefix + name, dimensions, new float[dimensions.Aggregate(1L, (x, y) => x * y)]));
        AdapterProblem problem = AdapterFolder.Refused(() => LoraAdapter.Open(folder["a"]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem.Error, Is.EqualTo(expected));
            Assert.That(problem.TensorName, Is.EqualTo(AdapterFolder.Prefix + name));
        }
    }

    [TestCase("2,3", "4,1")]
    [TestCase("1,3", "4,2")]
    [TestCase("1,3", "1,4")]
    [TestCase("3", "4")]
    [TestCase("1,3,3", "4,1")]
    [TestCase("1,0", "4,1")]
    public void Open_OfFactorsOfOtherRanks_IsRefused(string shapeA, string shapeB)
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(rank: shapeB is "1,4" ? 3 : 1), Zeros(A, shapeA), Zeros(B, shapeB));
        Assert.That(AdapterFolder.Refused(() => LoraAdapter.Open(folder["a"])).Error, Is.EqualTo(AdapterError.FactorShape));
    }

    [Test]
    public void Open_OfConvolutionsOfSeveralGroups_SaysThatTheyAreNotSupported()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(rank: 4), Zeros(A, "4,2,3"), Zeros(B, "8,2,1"));
        Assert.That(AdapterFolder.Refused(() => LoraAdapter.Open(folder["a"])).Message, Does.Contain("groups"));
    }

    [Test]
    public void Open_OfIntegerFactors_IsRefused()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(), (A, DataType.I32, [1, 2], new byte[8]), (B, DataType.I32, [1, 1], new byte[4]));
        AdapterException error = Assert.Throws<AdapterException>(() => LoraAdapter.Open(folder["a"]))!;
        Assert.That(error.Problems.Select(problem => problem.Error), Is.All.EqualTo(AdapterError.UnsupportedType));
    }

    [Test]
    public void Open_OfAClassifier_TakesTheHeadThatPeftSavesUnasked()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(more: ("task_type", "SEQ_CLS")), Zeros(A, "1,2"), Zeros(B, "2,1"), Zeros(AdapterFolder.Prefix + "score.weight", "3,2"));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        Assert.That(adapter.WholeTensors.Keys, Is.EqualTo(["score.weight"]));
    }

    [Test]
    public void Open_OfPickledWeights_IsRefusedWithAWayOut()
    {
        using TestFolder folder = new();
        folder.Write("a/adapter_config.json", AdapterFolder.Config().ToJsonString());
        folder.Write("a/adapter_model.bin", "pickle");
        Assert.That(Assert.Throws<CheckpointException>(() => LoraAdapter.Open(folder["a"]))!.Error, Is.EqualTo(CheckpointError.PickleFile));
    }

    [Test]
    public void Open_OfAFolderWithoutAdapter_SaysWhatIsMissing()
    {
        using TestFolder folder = new();
        Assert.That(AdapterFolder.Refused(() => LoraAdapter.Open(folder["none"])).Error, Is.EqualTo(AdapterError.NotFound));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{\"r\": 1, \"r\": 2}")]
    [TestCase("{\"peft_type\": \"LORA\"")]
    public void Open_OfAConfigurationThatIsNoObject_IsRefused(string text)
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(), Zeros(A, "1,2"), Zeros(B, "2,1"));
        folder.Write("a/adapter_config.json", text);
        Assert.That(Assert.Throws<CheckpointException>(() => LoraAdapter.Open(folder["a"]))!.Error, Is.EqualTo(CheckpointError.ConfigInvalid));
    }

    [Test]
    public void EnsureUnchanged_AfterTheConfigurationWasWrittenAgain_Throws()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], AdapterFolder.Config(), Zeros(A, "1,2"), Zeros(B, "2,1"));
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        adapter.EnsureUnchanged();
        folder.Write("a/adapter_config.json", AdapterFolder.Config(1, 400).ToJsonString());
        Assert.That(Assert.Throws<CheckpointException>(adapter.EnsureUnchanged)!.Error, Is.EqualTo(CheckpointError.InputChanged));
    }

    [Test]
    public void Open_OfAnAdapterThatSomebodyElseTrained_ReadsIt()
    {
        using LoraAdapter adapter = LoraAdapter.Open(AdapterFolder.OfSomebodyElse());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Modules, Has.Count.EqualTo(12));
            Assert.That(adapter.Modules, Has.All.Property(nameof(LoraModule.UpdateShape)).EqualTo(new TensorShape(768, 2304)));
            Assert.That(adapter.Modules, Has.All.Property(nameof(LoraModule.Scaling)).EqualTo(1));
            Assert.That(adapter.WholeTensors.Keys, Is.EqualTo(["score.weight"]));
            Assert.That(adapter.Config.BaseModel, Is.EqualTo("gpt2"));
        }
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void Open_WhileTheConfigurationIsReplaced_IdentifiesTheOneItRead()
    {
        using TestFolder folder = new();
        JsonObject[] configs = [.. ((string[])["one", "two"]).Select(name => AdapterFolder.Config(more: ("base_model_name_or_path", name)))];
        (string?, string)[] pairs = [.. configs.Select(config =>
            ((string?)config["base_model_name_or_path"], Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(config.ToJsonString())))))];
        AdapterFolder.Write(folder["a"], configs[0], Zeros(A, "1,2"), Zeros(B, "2,1"));
        using CancellationTokenSource done = new();
        Task replacing = Task.Run(() =>
        {
            for (int round = 0; !done.IsCancellationRequested; round++)
            {
                File.Move(folder.Write("next", configs[round % 2].ToJsonString()), folder["a", "adapter_config.json"], overwrite: true);
            }
        });
        try
        {
            for (int round = 0; round < 1000; round++)
            {
                using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
                Assert.That((adapter.Config.BaseModel, adapter.Files[0].HeaderSha256), Is.AnyOf(pairs[0], pairs[1]));
            }
        }
        finally
        {
            done.Cancel();
            replacing.Wait();
        }
    }

    private static (string Name, DataType Type, long[] Shape, byte[] Data) Zeros(string name, string shape)
    {
        long[] dimensions = [.. shape.Split(',').Select(long.Parse)];
        return TestFile.F32(name, dimensions, new float[dimensions.Aggregate(1L, (x, y) => x * y)]);
    }
}
