using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Tests.Merging;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Mixture;

/// <summary>The bytes of mixtures, written and lent.</summary>
public sealed class MixtureWriterTests
{
    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Classic)]
    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Packed)]
    [TestCase(MixtureLevel.Block, MixtureLayout.Classic)]
    [TestCase(MixtureLevel.Model, MixtureLayout.Classic)]
    public void WrittenMixture_IsMadeOfItsModelsBytes(MixtureLevel level, MixtureLayout layout)
    {
        using TestFolder folder = new();
        using TestModel dense = MixtureRig.Random(1);
        using TestModel first = MixtureRig.Random(2);
        using TestModel second = MixtureRig.Random(3);
        MixtureBuilder builder = MixtureRig.Builder(dense.ToSet(), first.ToSet(), second.ToSet());
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(level, denseLayers: 1) with { Layout = layout });
        Router[] routers = MixtureRig.Routers(plan);

        MixtureReport report = builder.Write(plan, routers, folder["out"]);

        TestModel[] models = [first, second];
        using Checkpoint written = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(written.Names, Is.EquivalentTo(plan.Tensors.Select(tensor => tensor.Name)));
            Assert.That(report, Has.Property(nameof(report.TensorCount)).EqualTo(plan.Tensors.Count).And.Property(nameof(report.OutputBytes)).EqualTo(plan.OutputBytes));
            foreach (MixtureTensor tensor in plan.Tensors)
            {
                byte[] expected = tensor.Router is { } router
                    ? TensorBytes.Read(routers[router].Tensors[0].Value.Source)
                    : [.. tensor.Inputs.SelectMany(input => TensorBytes.Read((input.Expert is { } expert ? models[expert] : dense)[input.TensorName].Source))];
                Assert.That(TensorBytes.Read(written, tensor.Name), Is.EqualTo(expected), tensor.Name);
            }
        }
    }

    [Test]
    public void LentMixture_HasTheBytesOfTheWrittenOne(
        [Values] MixtureLevel level, [Values(DataType.F32, DataType.F16)] DataType stored, [Values(DataType.BF16, DataType.F32)] DataType type, [Values] RouterKind router)
    {
        using TestFolder folder = new();
        using TestModel dense = MixtureRig.Random(1, stored);
        using TestModel first = MixtureRig.Random(2, DataType.BF16);
        using TestModel second = MixtureRig.Random(3, stored);
        MixtureBuilder builder = MixtureRig.Builder(dense.ToSet(), first.ToSet(), second.ToSet());
        MixtureRecipe recipe = MixtureRig.Recipe(level) with
        {
            Experts = [new("expert0") { NoiseScale = 0.1 }, new("expert1") { ResidualScale = 0.3 }],
            OutputDataType = type,
            Router = router,
            Layout = level == MixtureLevel.FeedForward ? MixtureLayout.Packed : MixtureLayout.Classic,
        };
        using MixturePlan plan = builder.Plan(recipe);
        Router[] routers = MixtureRig.Routers(plan);

        builder.Write(plan, routers, folder["one"], new MixtureOptions { Threads = 1 });
        builder.Write(plan, routers, folder["five"], new MixtureOptions { Threads = 5, WorkingMemory = 1 << 20, ShardSize = 1000 });
        using TensorSet lent = MixtureBuilder.Open(plan, routers);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(TensorBytes.ReadAll(folder["five"]), Is.EquivalentTo(TensorBytes.ReadAll(folder["one"])));
            Assert.That(TensorBytes.ReadAll(lent), Is.EquivalentTo(TensorBytes.ReadAll(folder["one"])));
            Assert.That(JsonNode.DeepEquals(JsonNode.Parse(lent.Config!.ToDocument().ToJsonString()), JsonNode.Parse(File.ReadAllText(folder["one", "config.json"]))), Is.True);
        }
    }

    [Test]
    public void Noise_IsNormalSeededAndOfOneExpert()
    {
        (string, long[])[] tensors = [.. MixtureRig.Tensors(1, 64, 256, 4, 64)];
        JsonObject config = MixtureRig.Config(layers: 1, width: 64, inner: 256, vocabulary: 4, keyHeads: 4);
        using TestModel model = MixtureRig.Random(2, DataType.F32, config, tensors);
        MixtureBuilder builder = MixtureRig.Builder(model.ToSet(), model.ToSet(), model.ToSet());
        MixtureRecipe recipe = MixtureRig.Recipe(MixtureLevel.FeedForward) with
        {
            OutputDataType = DataType.F32,
            Experts = [new("expert0") { NoiseScale = 0.5 }, new("expert0") { NoiseScale = 0.5 }],
        };
        const string Name = "model.layers.0.block_sparse_moe.experts.0.w1.weight";
        float[] before = model["model.layers.0.mlp.gate_proj.weight"].ToSingles();
        double[] noise = [.. Read(recipe, Name).Zip(before, (after, own) => (double)after - own)];
        double mean = noise.Average();
        double deviation = Math.Sqrt(noise.Average(value => value * value));

        using (Assert.EnterMultipleScope())
        {
            // 16,384 draws: four standard errors.
            Assert.That(mean, Is.Zero.Within(4 * 0.5 / 128));
            Assert.That(deviation, Is.EqualTo(0.5).Within(4 * 0.5 / (128 * Math.Sqrt(2))));
            Assert.That(noise.Average(value => Math.Pow(value / deviation, 4)), Is.EqualTo(3).Within(0.2));
            Assert.That(noise.Zip(noise.Skip(1), (left, right) => left * right).Average() / (deviation * deviation), Is.Zero.Within(4.0 / 128));
            Assert.That(Read(recipe with { ExpertsPerToken = 1 }, Name), Is.EqualTo(Read(recipe, Name)));
            Assert.That(Read(recipe with { Seed = 1 }, Name), Is.Not.EqualTo(Read(recipe, Name)));
            Assert.That(Read(recipe, Name.Replace("experts.0", "experts.1", StringComparison.Ordinal)), Is.Not.EqualTo(Read(recipe, Name)));
            Assert.That(Read(recipe, "model.layers.0.self_attn.q_proj.weight"), Is.EqualTo(model["model.layers.0.self_attn.q_proj.weight"].ToSingles()));
        }

        float[] Read(MixtureRecipe mixed, string name)
        {
            using MixturePlan plan = builder.Plan(mixed);
            using TensorSet lent = MixtureBuilder.Open(plan, MixtureRig.Routers(plan));
            return TensorBytes.Singles(lent, name);
        }
    }

    [Test]
    public void PartsOfATensor_AreThoseOfTheWhole()
    {
        using TestModel model = MixtureRig.Random(2, DataType.F32);
        MixtureBuilder builder = MixtureRig.Builder(model.ToSet(), model.ToSet(), model.ToSet());
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward) with
        {
            Layout = MixtureLayout.Packed,
            Experts = [new("expert0") { NoiseScale = 0.5 }, new("expert1") { ResidualScale = 2 }],
        });
        using TensorSet lent = MixtureBuilder.Open(plan, MixtureRig.Routers(plan));
        Assert.That(lent.TryGet("model.layers.1.mlp.experts.gate_up_proj", out TensorSource? source), Is.True);
        byte[] whole = TensorBytes.Read(source!);
        byte[] parts = new byte[whole.Length];
        for (int start = 0; start < parts.Length / 2; start += 7)
        {
            source!.Read(start, parts.AsSpan(2 * start, 2 * Math.Min(7, (parts.Length / 2) - start)));
        }

        Assert.That(parts, Is.EqualTo(whole));
    }

    [Test]
    public void ResidualScale_ChangesDownProjectionsAlone()
    {
        using TestModel model = MixtureRig.Random(2, DataType.F32);
        MixtureBuilder builder = MixtureRig.Builder(model.ToSet(), model.ToSet(), model.ToSet());
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.Block) with { OutputDataType = DataType.F32, Experts = [new("expert0") { ResidualScale = 0.25 }, new("expert1")] });
        using TensorSet lent = MixtureBuilder.Open(plan, MixtureRig.Routers(plan));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(TensorBytes.Singles(lent, "model.layers.0.experts.0.mlp.down_proj.weight"), Is.EqualTo(model["model.layers.0.mlp.down_proj.weight"].ToSingles().Select(value => value * 0.25f)));
            Assert.That(TensorBytes.Singles(lent, "model.layers.0.experts.0.mlp.up_proj.weight"), Is.EqualTo(model["model.layers.0.mlp.up_proj.weight"].ToSingles()));
            Assert.That(TensorBytes.Singles(lent, "model.layers.0.experts.1.mlp.down_proj.weight"), Is.EqualTo(model["model.layers.0.mlp.down_proj.weight"].ToSingles()));
        }
    }

    [Test]
    public void RoutersOfTwoLayers_AreWrittenAsTheyAre()
    {
        using TestFolder folder = new();
        using TestModel model = MixtureRig.Random(2);
        MixtureBuilder builder = MixtureRig.Builder(model.ToSet(), model.ToSet(), model.ToSet());
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.Model, denseLayers: 1) with { Router = RouterKind.Mlp, OutputDataType = DataType.F32 });
        Router[] routers = MixtureRig.Routers(plan, inner: 3);
        builder.Write(plan, routers, folder["out"]);
        using MixtureCheckpoint mixture = MixtureCheckpoint.Open(folder["out"]);
        Router read = mixture.ReadRouters().Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(mixture.RouterKind, Is.EqualTo(RouterKind.Mlp));
            Assert.That(mixture.Tensors.Config!.GetInt32("router_hidden_size"), Is.EqualTo(3));
            Assert.That(read.Tensors.Select(tensor => tensor.Key), Is.EqualTo((string[])["0.weight", "0.bias", "2.weight", "2.bias"]));
            Assert.That(read.Tensors.SelectMany(tensor => tensor.Value.ToSingles()), Is.EqualTo(routers[0].Tensors.SelectMany(tensor => tensor.Value.ToSingles())));
        }
    }

    [Test]
    public void OtherRouters_AreRefused()
    {
        using TestModel model = MixtureRig.Random(2);
        MixtureBuilder builder = MixtureRig.Builder(model.ToSet(), model.ToSet(), model.ToSet());
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward, denseLayers: 2));
        LinearRouter three = new(3, MixtureRig.Width, new float[3 * MixtureRig.Width]);
        LinearRouter narrow = new(2, 4, new float[8]);
        MlpRouter layered = new(2, MixtureRig.Width, 1, new float[MixtureRig.Width], new float[1], new float[2], new float[2]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => MixtureBuilder.Open(plan, []), Throws.ArgumentException);
            foreach (Router router in (Router[])[three, narrow, layered])
            {
                Assert.That(() => MixtureBuilder.Open(plan, [router]), Throws.ArgumentException);
            }
        }
    }

    [Test]
    public void FolderOfAMixture_SaysWhereItComesFrom()
    {
        using TestFolder folder = new();
        Zoo(folder);
        MixtureBuilder builder = FolderBuilder(folder);
        MixtureRecipe recipe = MixtureRig.Recipe(MixtureLevel.Block, denseLayers: 1) with { Experts = [new("expert0") { PositivePrompts = ["x"] }, new("expert1")] };
        using MixturePlan plan = builder.Plan(recipe);
        builder.Write(plan, MixtureRig.Routers(plan), folder["out"]);
        builder.Write(plan, MixtureRig.Routers(plan), folder["quick"], new MixtureOptions { HashInputs = false });
        JsonNode document = JsonNode.Parse(File.ReadAllText(folder["out", "aggregation.json"]))!;
        JsonNode file = document["experts"]![1]!["files"]![0]!;
        using MixtureCheckpoint mixture = MixtureCheckpoint.Open(folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(folder["out", "tokenizer.json"]), Is.EqualTo(File.ReadAllText(folder["dense", "tokenizer.json"])));
            Assert.That(MixtureRecipe.Load(folder["out", "mixture_recipe.yml"]), Is.EqualTo(recipe));
            Assert.That(document["experts"]![0]!["positive_prompts"]!.ToJsonString(), Is.EqualTo("[\"x\"]"));
            Assert.That(document["experts"]![0]!["settings"]!["rope_theta"]!.GetValue<double>(), Is.EqualTo(10000));
            Assert.That(file["sha256"]!.GetValue<string>(), Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["expert1", "model.safetensors"])))));
            Assert.That(File.ReadAllText(folder["quick", "aggregation.json"]), Does.Contain("\"header_sha256\"").And.Not.Contain("\"sha256\": \"" + file["sha256"]!.GetValue<string>()));
            Assert.That(mixture.Provenance!.PlanHash, Is.EqualTo(plan.Hash));
            Assert.That(mixture.Provenance.Experts, Is.EqualTo((string[])["expert0", "expert1"]));
            Assert.That(MixtureRecipe.FromYaml(mixture.Provenance.Recipe), Is.EqualTo(recipe));
        }
    }

    [Test]
    public void FolderOfAMixture_HasACard()
    {
        using TestFolder folder = new();
        Zoo(folder);
        File.WriteAllText(folder["expert1", "README.md"], "---\nlicense: apache-2.0 | more\n---\n");
        MixtureBuilder builder = FolderBuilder(folder);
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.Block, denseLayers: 1) with { Experts = [new("expert0"), new("expert1") { NoiseScale = 0.5 }] });
        builder.Write(plan, MixtureRig.Routers(plan), folder["out"]);
        builder.Write(plan, MixtureRig.Routers(plan), folder["again"]);
        string card = File.ReadAllText(folder["out", "README.md"]);
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["expert1", "model.safetensors"])));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(card, Does.StartWith("---\ntags:\n- moe\n- merge\n- model-aggregation\nbase_model:\n- \"dense\"\n- \"expert0\"\n- \"expert1\"\n---\n\n# Mixture of experts\n"));
            Assert.That(card, Does.Contain("2 compute for each prompt; 1 of 3 layers are dense").And.Contains(plan.Hash));
            Assert.That(card, Does.Contain("| dense model | \"dense\" | not stated | | |\n| expert 0 | \"expert0\" | not stated | 0 | 1 |\n| expert 1 | \"expert1\" | \"apache-2.0 \\| more\" | 0.5 | 1 |\n"));
            Assert.That(card, Does.Contain(hash).And.Contains("```yaml\nlevel: block\n"));
            Assert.That(File.ReadAllText(folder["again", "README.md"]), Is.EqualTo(card));
        }
    }

    [Test]
    public void CancelledMixture_LeavesNothingAndIsContinued()
    {
        using TestFolder folder = new();
        Zoo(folder);
        MixtureBuilder builder = FolderBuilder(folder);
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));
        Router[] routers = MixtureRig.Routers(plan);
        using CancellationTokenSource source = new();
        Reaction stop = new(progress =>
        {
            if (progress.TensorsDone == 5)
            {
                source.Cancel();
            }
        });

        Assert.That(() => builder.Write(plan, routers, folder["out"], progress: stop, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.Exists(folder["out"]), Is.False);
        MixtureProgress last = default;
        MixtureReport report = builder.Write(plan, routers, folder["out"], progress: new Reaction(progress => last = progress));
        builder.Write(plan, routers, folder["whole"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.ResumedTensorCount, Is.EqualTo(5));
            Assert.That((last.TensorsDone, last.TensorCount, last.BytesRead), Is.EqualTo((plan.Tensors.Count, plan.Tensors.Count, last.BytesToRead)));
            Assert.That(TensorBytes.ReadAll(folder["out"]), Is.EquivalentTo(TensorBytes.ReadAll(folder["whole"])));
            Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo((string[])["dense", "expert0", "expert1", "out", "whole"]));
        }
    }

    [Test]
    public void OtherRouters_StartAnInterruptedMixtureAnew()
    {
        using TestFolder folder = new();
        Zoo(folder);
        MixtureBuilder builder = FolderBuilder(folder);
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));
        using CancellationTokenSource source = new();
        Reaction stop = new(_ => source.Cancel());
        Assert.That(() => builder.Write(plan, MixtureRig.Routers(plan, seed: 1), folder["out"], progress: stop, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(builder.Write(plan, MixtureRig.Routers(plan, seed: 2), folder["out"]).ResumedTensorCount, Is.Zero);
    }

    [Test]
    public void MixtureThatDoesNotFitTheDisk_IsRefusedBeforeAnythingIsRead()
    {
        using TestFolder folder = new();
        const long Rows = 1L << 33;
        (string, long[])[] tensors = [.. MixtureRig.Tensors(2, Rows / 64, Rows / 64, 4, 64)];
        JsonObject config = MixtureRig.Config(layers: 2, width: (int)(Rows / 64), inner: (int)(Rows / 64), vocabulary: 4);
        MixtureBuilder builder = MixtureRig.Builder(2, () => MixtureRig.Headers(config, tensors));
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward, denseLayers: 2));

        CheckpointException error = Assert.Throws<CheckpointException>(() => builder.Write(plan, [], folder["out"]))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(CheckpointError.DiskFull));
            Assert.That(error.BytesNeeded, Is.GreaterThanOrEqualTo(plan.OutputBytes));
            Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
        }
    }

    [Test]
    public void OutputInTheWay_IsRefused()
    {
        using TestFolder folder = new();
        Zoo(folder);
        MixtureBuilder builder = FolderBuilder(folder);
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward, denseLayers: 3));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => builder.Write(plan, [], folder["expert0"], new MixtureOptions { Overwrite = true }),
                Throws.TypeOf<MergeDataException>().With.Property(nameof(MergeDataException.Error)).EqualTo(MergeDataError.OutputIsInput));
            Assert.That(File.Exists(folder["expert0", "config.json"]), Is.True);
        }
    }

    [Test]
    public void WeightsThatDoNotFitTheType_AreRefused()
    {
        using TestFolder folder = new();
        using TestModel model = MixtureRig.Random(2);
        using TestModel large = MixtureRig.Random(3);
        BitConverter.TryWriteBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(large["model.layers.1.mlp.up_proj.weight"].AsSpan<ushort>(3, 1)), (ushort)0x7F00);
        MixtureBuilder builder = MixtureRig.Builder(model.ToSet(), model.ToSet(), large.ToSet());
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward) with { OutputDataType = DataType.F16 });

        MergeDataException error = Assert.Throws<MergeDataException>(() => builder.Write(plan, MixtureRig.Routers(plan), folder["out"]))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.Count), Is.EqualTo((MergeDataError.NonFiniteOutput, 1L)));
            Assert.That(error.TensorName, Is.EqualTo("model.layers.1.block_sparse_moe.experts.1.w3.weight"));
            Assert.That(Directory.Exists(folder["out"]), Is.False);
        }
    }

    [Test]
    public void ShippedZoo_IsMixedWithAnAdapterOnTheWay()
    {
        using TestFolder folder = new();
        string zoo = Path.Combine(AppContext.BaseDirectory, "zoo");
        MixtureBuilder builder = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [zoo] }));
        MixtureRecipe recipe = new() { Level = MixtureLevel.FeedForward, DenseModel = "a-base", Experts = [new("a-sort"), new("a-reverse"), new("a-add")], DenseLayers = 1, GateMode = GateMode.Random };
        using MixturePlan plan = builder.Plan(recipe);
        builder.Write(plan, MixtureRig.Routers(plan), folder["out"]);
        using MixtureCheckpoint mixture = MixtureCheckpoint.Open(folder["out"]);
        using Checkpoint sort = Checkpoint.Open(Path.Combine(zoo, "a-sort"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Tensors, Has.Count.EqualTo(3 + (6 * 3) + 3 + (2 * 10)));
            Assert.That((mixture.LayerCount, mixture.DenseLayerCount, mixture.ExpertCount, mixture.ExpertsPerToken), Is.EqualTo((3, 1, 3, 2)));
            Assert.That(TensorBytes.Read(mixture.Tensors, "model.layers.2.block_sparse_moe.experts.0.w2.weight"), Is.EqualTo(TensorBytes.Read(sort, "model.layers.2.mlp.down_proj.weight")));
        }
    }

    private static void Zoo(TestFolder folder)
    {
        foreach ((string name, int seed) in new[] { ("dense", 1), ("expert0", 2), ("expert1", 3) })
        {
            using TestModel model = MixtureRig.Random(seed);
            model.Write(folder[name]);
            TestTokenizer.Of("a", "b").Write(folder[name]);
        }
    }

    private static MixtureBuilder FolderBuilder(TestFolder folder) => new(new ModelResolver(new ModelResolverOptions { BaseFolders = [folder.Path] }));

    private sealed class Reaction(Action<MixtureProgress> report) : IProgress<MixtureProgress>
    {
        public void Report(MixtureProgress value) => report(value);
    }
}
