using System.Text.Json.Nodes;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Mixture;

/// <summary>Mixtures read back, converted, and those of other programs and of nobody.</summary>
public sealed class MixtureCheckpointTests
{
    [Test]
    public void WrittenMixture_IsReadAsItIs([Values] MixtureLevel level, [Values(0, 2)] int denseLayers)
    {
        using TestFolder folder = new();
        MixtureRecipe recipe = MixtureRig.Recipe(level, denseLayers: denseLayers) with { ExpertsPerToken = 1, Input = RouterInput.Sample, Pooling = RouterPooling.Last };
        Router[] routers = Write(folder, recipe);
        using MixtureCheckpoint mixture = MixtureCheckpoint.Open(folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((mixture.Level, mixture.Layout, mixture.LayerCount, mixture.DenseLayerCount), Is.EqualTo((level, MixtureLayout.Classic, MixtureRig.Layers, denseLayers)));
            Assert.That((mixture.ExpertCount, mixture.ExpertsPerToken, mixture.Input, mixture.Pooling), Is.EqualTo((2, 1, RouterInput.Sample, RouterPooling.Last)));
            Assert.That(mixture.ReadRouters().Select(router => router.Tensors[0].Value.ToSingles()), Is.EqualTo(routers.Select(router => router.Tensors[0].Value.ToSingles())));
        }
    }

    [TestCase(MixtureLayout.Classic)]
    [TestCase(MixtureLayout.Packed)]
    public void LayoutConvertedThereAndBack_IsTheSameFile(MixtureLayout layout)
    {
        using TestFolder folder = new();
        MixtureLayout other = layout == MixtureLayout.Classic ? MixtureLayout.Packed : MixtureLayout.Classic;
        Write(folder, MixtureRig.Recipe(MixtureLevel.FeedForward, denseLayers: 1) with { Layout = layout });
        MixtureConverter.Convert(folder["out"], other, folder["there"]);
        MixtureConverter.Convert(folder["there"], layout, folder["back"]);
        using MixtureCheckpoint there = MixtureCheckpoint.Open(folder["there"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(there.Layout, Is.EqualTo(other));
            foreach (string file in (string[])["model.safetensors", "config.json", "aggregation.json", "mixture_recipe.yml", "README.md"])
            {
                Assert.That(File.ReadAllBytes(folder["back", file]), Is.EqualTo(File.ReadAllBytes(folder["out", file])), file);
            }
        }
    }

    [Test]
    public void PackedRows_AreThoseOfTheClassicMatrices()
    {
        using TestFolder folder = new();
        Write(folder, MixtureRig.Recipe(MixtureLevel.FeedForward));
        MixtureReport report = MixtureConverter.Convert(folder["out"], MixtureLayout.Packed, folder["packed"], new MixtureOptions { Threads = 1 });
        using Checkpoint classic = Checkpoint.Open(folder["out"]);
        using Checkpoint packed = Checkpoint.Open(folder["packed"]);
        float[] gateUp = TensorBytes.Singles(packed, "model.layers.1.mlp.experts.gate_up_proj");
        int matrix = MixtureRig.Inner * MixtureRig.Width;

        using (Assert.EnterMultipleScope())
        {
            for (int expert = 0; expert < 2; expert++)
            {
                Assert.That(gateUp.Skip(2 * expert * matrix).Take(matrix), Is.EqualTo(TensorBytes.Singles(classic, $"model.layers.1.block_sparse_moe.experts.{expert}.w1.weight")));
                Assert.That(gateUp.Skip(((2 * expert) + 1) * matrix).Take(matrix), Is.EqualTo(TensorBytes.Singles(classic, $"model.layers.1.block_sparse_moe.experts.{expert}.w3.weight")));
            }

            Assert.That(TensorBytes.Read(packed, "model.layers.1.mlp.gate.weight"), Is.EqualTo(TensorBytes.Read(classic, "model.layers.1.block_sparse_moe.gate.weight")));
            Assert.That(packed.Names, Has.None.Contains("block_sparse_moe"));
            Assert.That(report.TensorCount, Is.EqualTo(3 + (MixtureRig.Layers * 9)));
        }
    }

    [Test]
    public void MixtureOfAnotherProgram_IsReadWithoutOurKeys()
    {
        using TestFolder folder = new();
        Write(folder, MixtureRig.Recipe(MixtureLevel.Model, denseLayers: 1));
        Edit(folder, "config.json", config =>
        {
            foreach (string key in (string[])["mixture_level", "router_type", "dense_model_type", "sequence_pooler"])
            {
                config.Remove(key);
            }
        });
        File.Delete(folder["out", "aggregation.json"]);
        using MixtureCheckpoint model = MixtureCheckpoint.Open(folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((model.Level, model.RouterKind, model.Pooling, model.Input), Is.EqualTo((MixtureLevel.Model, RouterKind.Linear, RouterPooling.Mean, RouterInput.Sample)));
            Assert.That(model.Provenance, Is.Null);
        }
    }

    [Test]
    public void BlockLevelOfAnotherProgram_IsToldByItsRouters()
    {
        using TestFolder folder = new();
        Write(folder, MixtureRig.Recipe(MixtureLevel.Block, denseLayers: 1));
        Edit(folder, "config.json", config => config.Remove("mixture_level"));
        using MixtureCheckpoint block = MixtureCheckpoint.Open(folder["out"]);

        Assert.That(block.Level, Is.EqualTo(MixtureLevel.Block));
    }

    [Test]
    public void MixtureOfWholeLayers_IsNotConverted()
    {
        using TestFolder folder = new();
        Write(folder, MixtureRig.Recipe(MixtureLevel.Block));

        Assert.That(() => MixtureConverter.Convert(folder["out"], MixtureLayout.Packed, folder["packed"]), Throws.TypeOf<MixtureException>());
    }

    [Test]
    public void ConvertedOntoItself_IsRefused()
    {
        using TestFolder folder = new();
        Write(folder, MixtureRig.Recipe(MixtureLevel.FeedForward));

        Assert.That(
            () => MixtureConverter.Convert(folder["out"], MixtureLayout.Packed, folder["out"], new MixtureOptions { Overwrite = true }),
            Throws.TypeOf<CheckpointException>().With.Property(nameof(CheckpointException.Error)).EqualTo(CheckpointError.OutputIsInput));
    }

    [TestCase("model_type", "\"llama\"")]
    [TestCase("mixture_level", "\"layer\"")]
    [TestCase("mixture_level", "\"block\"")]
    [TestCase("num_local_experts", "3")]
    [TestCase("num_local_experts", "1000000000")]
    [TestCase("num_local_experts", "1025")]
    [TestCase("num_local_experts", "-1")]
    [TestCase("num_local_experts", "null")]
    [TestCase("num_experts_per_tok", "3")]
    [TestCase("num_experts_per_tok", "0")]
    [TestCase("num_dense_layers", "4")]
    [TestCase("num_dense_layers", "[]")]
    [TestCase("num_hidden_layers", "2000000000")]
    [TestCase("num_hidden_layers", "4")]
    [TestCase("num_hidden_layers", "1.5")]
    [TestCase("router_type", "\"tree\"")]
    [TestCase("router_type", "\"mlp\"")]
    [TestCase("sequence_pooler", "7")]
    public void ConfigurationThatIsWrong_IsRefused(string key, string value)
    {
        using TestFolder folder = new();
        Write(folder, MixtureRig.Recipe(MixtureLevel.FeedForward));
        Edit(folder, "config.json", config =>
        {
            config[key] = JsonNode.Parse(value);
            if (key is "model_type")
            {
                config.Remove("mixture_level");
            }
        });

        Assert.That(() => MixtureCheckpoint.Open(folder["out"]), Throws.TypeOf<MixtureException>());
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"format\": 2}")]
    [TestCase("{\"format\": 1, \"plan_sha256\": 5}")]
    [TestCase("{\"format\": 1, \"plan_sha256\": \"a\", \"router\": [], \"experts\": {}}")]
    [TestCase("{\"format\": 1, \"format\": 1}")]
    public void ProvenanceThatIsWrong_IsRefused(string text)
    {
        using TestFolder folder = new();
        Write(folder, MixtureRig.Recipe(MixtureLevel.FeedForward));
        File.WriteAllText(folder["out", "aggregation.json"], text);

        Assert.That(() => MixtureCheckpoint.Open(folder["out"]), Throws.TypeOf<MixtureException>().With.Property(nameof(MixtureException.File)).EqualTo(folder["out", "aggregation.json"]));
    }

    [Test]
    public void ExpertsOfOtherSizes_AreRefused()
    {
        using TestFolder folder = new();
        JsonObject config = MixtureRig.Config("mixtral", layers: 1);
        config["num_local_experts"] = 2;
        using TestModel model = new() { Config = config };
        model.Add("model.layers.0.block_sparse_moe.gate.weight", DataType.F32, [2, 2], 1, 2, 3, 4);
        model.Add("model.layers.0.block_sparse_moe.experts.0.w2.weight", DataType.F32, [2, 1], 1, 2);
        model.Add("model.layers.0.block_sparse_moe.experts.1.w2.weight", DataType.F32, [1, 2], 1, 2);
        MixtureException error = Assert.Throws<MixtureException>(() => MixtureCheckpoint.Open(model.Write(folder["m"])))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Single().Kind, Is.EqualTo(MixtureProblemKind.NotAMixture));
            Assert.That(error.Message, Does.Contain("'model.layers.0.block_sparse_moe.experts.0.w1.weight'").And.Contains("and 2 more"));
        }
    }

    [TestCase(MixtureLevel.FeedForward, 0)]
    [TestCase(MixtureLevel.Block, 0)]
    [TestCase(MixtureLevel.FeedForward, 256)]
    [TestCase(MixtureLevel.Block, 256)]
    public void ConfigurationThatAsksForMillionsOfTensors_IsRefusedWithoutNamingThem(MixtureLevel level, int routers)
    {
        using TestFolder folder = new();
        JsonObject config = MixtureRig.Config(level == MixtureLevel.FeedForward ? "mixtral" : "mixtral_block_level", layers: routers == 0 ? 4096 : routers);
        config["num_local_experts"] = 1024;
        using TestModel model = new() { Config = config };
        string prefix = level == MixtureLevel.FeedForward ? "block_sparse_moe." : string.Empty;
        for (int layer = 0; layer < routers; layer++)
        {
            model.Add($"model.layers.{layer}.{prefix}gate.weight", DataType.F32, [1024, 1], new float[1024]);
        }

        model.Add(level == MixtureLevel.FeedForward ? "model.layers.0.block_sparse_moe.experts.0.w2.weight" : "model.norm.weight", DataType.F32, [1, 1], 1);
        model.Write(folder["m"]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        MixtureException error = Assert.Throws<MixtureException>(() => MixtureCheckpoint.Open(folder["m"]))!;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems, Has.Count.EqualTo(1));
            Assert.That(error.Message, Has.Length.LessThan(500).And.Contains("and 997 more, and perhaps others"));
            Assert.That(allocated, Is.LessThan(8L << 20));
        }
    }

    private static Router[] Write(TestFolder folder, MixtureRecipe recipe)
    {
        using TestModel dense = MixtureRig.Random(1, DataType.F32);
        using TestModel first = MixtureRig.Random(2, DataType.F32);
        using TestModel second = MixtureRig.Random(3, DataType.F32);
        MixtureBuilder builder = MixtureRig.Builder(dense.ToSet(), first.ToSet(), second.ToSet());
        using MixturePlan plan = builder.Plan(recipe with { OutputDataType = DataType.F32 });
        Router[] routers = MixtureRig.Routers(plan);
        builder.Write(plan, routers, folder["out"]);
        return routers;
    }

    private static void Edit(TestFolder folder, string file, Action<JsonObject> edit)
    {
        JsonObject document = JsonNode.Parse(File.ReadAllText(folder["out", file]))!.AsObject();
        edit(document);
        File.WriteAllText(folder["out", file], document.ToJsonString());
    }
}
