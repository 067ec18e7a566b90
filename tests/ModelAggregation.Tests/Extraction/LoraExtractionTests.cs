using FsCheck;
using ModelAggregation.Extraction;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Extraction;

public sealed class LoraExtractionTests
{
    [Test]
    public void Extract_OfADiagonalChange_SplitsTheSingularValues()
    {
        // The change is [[4, 0], [0, 1]]: rank 1 keeps 4, whose root is 2; the norm left out is 1 of √17.
        using TestModel tuned = new TestModel().Add("layer.weight", DataType.F32, [2, 2], 5, 1, 1, 2);
        using TestModel origin = new TestModel().Add("layer.weight", DataType.F32, [2, 2], 1, 1, 1, 1);
        using TestFolder folder = new();
        LoraExtractionReport report = LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"], new LoraExtractionOptions { Rank = 1 });
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TensorBytes.Singles(adapter.Modules[0].A), Is.EqualTo([2f, 0]).Within(1e-7));
            Assert.That(TensorBytes.Singles(adapter.Modules[0].B), Is.EqualTo([2f, 0]).Within(1e-7));
            Assert.That(adapter.Modules[0].Scaling, Is.EqualTo(1));
            Assert.That(report.Modules.Single().Norm, Is.EqualTo(Math.Sqrt(17)).Within(1e-12));
            Assert.That(report.Modules.Single().RelativeError, Is.EqualTo(1 / Math.Sqrt(17)).Within(1e-7));
        }
    }

    [Test]
    public void Extract_WithoutDistributingTheScale_PutsItIntoA()
    {
        using TestModel tuned = new TestModel().Add("layer.weight", DataType.F32, [2, 2], 4, 0, 0, 1);
        using TestModel origin = new TestModel().Add("layer.weight", DataType.F32, [2, 2], 0, 0, 0, 0);
        using TestFolder folder = new();
        LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"], new LoraExtractionOptions { DistributesScale = false });
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TensorBytes.Singles(adapter.Modules[0].A), Is.EqualTo([4f, 0, 0, 1]).Within(1e-6));
            Assert.That(TensorBytes.Singles(adapter.Modules[0].B), Is.EqualTo([1f, 0, 0, 1]).Within(1e-7));
        }
    }

    // Squares 16, 4, 1 of 21: 16/21 = 0.76, 20/21 = 0.95.
    [TestCase(0.5, 1)]
    [TestCase(0.77, 2)]
    [TestCase(0.95, 2)]
    [TestCase(0.96, 3)]
    [TestCase(1, 3)]
    public void Extract_WithAnEnergy_TakesTheSmallestRankThatReachesIt(double energy, int rank)
    {
        using TestModel tuned = new TestModel().Add("layer.weight", DataType.F32, [3, 3], 4, 0, 0, 0, 2, 0, 0, 0, 1);
        using TestModel origin = new TestModel().Add("layer.weight", DataType.F32, [3, 3], new float[9]);
        using TestFolder folder = new();
        LoraExtractionReport report = LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"], new LoraExtractionOptions { Energy = energy });
        Assert.That(report.Modules.Single().Rank, Is.EqualTo(rank));
    }

    [FsCheck.NUnit.Property(MaxTest = 25)]
    public void AtFullRank_TheAdaptedBaseIsTheFineTune(PositiveInt rowCount, PositiveInt columnCount, NonNegativeInt seed)
    {
        (int rows, int columns) = (1 + (rowCount.Get % 30), 1 + (columnCount.Get % 30));
        Random random = new(seed.Get);
        float[] before = Numbers(random, rows * columns, 1);
        float[] after = [.. before.Zip(Numbers(random, rows * columns, 0.1f), (x, y) => x + y)];
        using TestModel tuned = new TestModel().Add("layer.weight", DataType.F32, [rows, columns], after);
        using TestModel origin = new TestModel().Add("layer.weight", DataType.F32, [rows, columns], before);
        using TestFolder folder = new();
        LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"]);
        using AdaptedModel adapted = new(origin.ToSet(), LoraAdapter.Open(folder["out"]));
        // The factors are rounded to float: each of at most 30 products errs by a few 2⁻²⁴ of 0.1·30.
        Assert.That(TensorBytes.Singles(adapted, "layer.weight"), Is.EqualTo(after).Within(2e-6f));
    }

    [Test]
    public void EveryKindOfTensor_AtFullRank_ComesBack([Values] bool factorsEmbeddings, [Values] bool isFanInFanOut)
    {
        Random random = new(3);
        using TestModel origin = Model(random, 1);
        using TestModel tuned = Model(random, 1);
        using TestFolder folder = new();
        LoraExtractionOptions options = new() { FactorsEmbeddings = factorsEmbeddings, IsFanInFanOut = isFanInFanOut, BaseModel = "here" };
        LoraExtractionReport report = LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"], options);
        LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            string[] factored = ["model.conv", "model.layers.0.q_proj", .. factorsEmbeddings ? ["model.embed_tokens"] : Array.Empty<string>()];
            Assert.That(adapter.Modules.Select(module => module.Path), Is.EquivalentTo(factored));
            Assert.That(adapter.Config.TargetModules, Is.EquivalentTo(factored.Select(path => path[(path.LastIndexOf('.') + 1)..])));
            Assert.That(adapter.Config.BaseModel, Is.EqualTo("here"));
            Assert.That(report.SkippedTensors, Is.Empty);
            Assert.That(report.WholeTensors, Does.Contain("model.norm.weight").And.Contain("model.layers.0.q_proj.bias"));
        }

        using AdaptedModel adapted = new(origin.ToSet(), adapter);
        foreach (string name in adapted.Names)
        {
            Assert.That(TensorBytes.Singles(adapted, name), Is.EqualTo(TensorBytes.Singles(tuned.ToSet(), name)).Within(5e-6f), name);
        }
    }

    [Test]
    public void Extract_WithRanksOfModules_WritesPatterns_AndFiltersLeaveModulesOut()
    {
        Random random = new(4);
        using TestModel origin = Layers(random);
        using TestModel tuned = Layers(random);
        using TestFolder folder = new();
        LoraExtractionReport report = LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"], new LoraExtractionOptions
        {
            Rank = 4,
            Ranks = [new ModuleRank("layers.1.", 2)],
            Exclude = ["layers.2."],
            Include = ["q_proj"],
        });
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Modules.Select(module => (module.Path, module.Rank, module.Scaling)), Is.EqualTo([("layers.0.q_proj", 4L, 1.0), ("layers.1.q_proj", 2L, 1.0)]));
            Assert.That(adapter.Config.Rank, Is.EqualTo(4));
            Assert.That(adapter.Config.TargetModules, Is.EqualTo(["layers.0.q_proj", "layers.1.q_proj"]), "readers would take 'q_proj' for layer 2 as well");
            Assert.That(report.SkippedTensors, Is.EqualTo(["layers.2.q_proj.weight", "layers.0.v_proj.weight"]));
        }
    }

    [Test]
    public void Extract_OfStoredBFloat16_WritesThatType_AndSkipsWhatIsTheSame()
    {
        using TestModel origin = new TestModel().Add("a.weight", DataType.BF16, [2, 2], 1, 2, 3, 4).Add("b.weight", DataType.BF16, [1, 2], 1, 2);
        using TestModel tuned = new TestModel().Add("a.weight", DataType.BF16, [2, 2], 1, 2, 3, 5).Add("b.weight", DataType.BF16, [1, 2], 1, 2);
        using TestFolder folder = new();
        LoraExtractionReport report = LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"], new LoraExtractionOptions { Rank = 1 });
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.UnchangedCount, Is.EqualTo(1));
            Assert.That(adapter.Modules.Single().A.DataType, Is.EqualTo(DataType.BF16));
        }
    }

    [Test]
    public void Extract_OfModelsThatDoNotFit_IsRefused()
    {
        using TestModel one = new TestModel().Add("a.weight", DataType.F32, [2, 2], 1, 2, 3, 4).Add("only.weight", 1);
        using TestModel other = new TestModel().Add("a.weight", DataType.F32, [1, 4], 1, 2, 3, 4).Add("new.weight", 1);
        LoraExtractionException error = Refused(one, other);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(LoraExtractionError.ModelsDiffer));
            Assert.That(error.Message, Does.Contain("[2, 2]").And.Contain("[1, 4]").And.Contain("'only.weight'").And.Contain("'new.weight'"));
        }
    }

    [Test]
    public void Extract_OfNonFiniteWeights_IsRefusedByName()
    {
        using TestModel tuned = new TestModel().Add("a.weight", DataType.F32, [1, 2], 1, float.NaN);
        using TestModel origin = new TestModel().Add("a.weight", DataType.F32, [1, 2], 1, 1);
        LoraExtractionException error = Refused(tuned, origin);
        Assert.That((error.Error, error.TensorName), Is.EqualTo((LoraExtractionError.NonFinite, "a.weight")));
    }

    [Test]
    public void Extract_OfEqualModels_IsRefused()
    {
        using TestModel model = new TestModel().Add("a.weight", DataType.F32, [1, 2], 1, 2);
        Assert.That(Refused(model, model).Error, Is.EqualTo(LoraExtractionError.NothingChanged));
    }

    [TestCase("models/tuned")]
    [TestCase("models/base/")]
    [TestCase("models/base/../tuned")]
    [TestCase("models")]
    public void Extract_IntoAFolderThatIsOrContainsAModel_IsRefused_AndTheModelsStay(string output)
    {
        using TestFolder folder = new();
        WritePair(folder, 2);
        Assert.That(Overwrite(folder, output).Error, Is.EqualTo(LoraExtractionError.OutputIsInput));
        AssertModelsStay(folder);
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void Extract_IntoAModelBehindALink_IsRefused([Values("link", "stored")] string output)
    {
        using TestFolder folder = new();
        WritePair(folder, 2);
        Directory.CreateSymbolicLink(folder["link"], folder["models", "base"]);
        Directory.CreateDirectory(folder["stored"]);
        File.Move(folder["models", "tuned", "model.safetensors"], folder["stored", "model.safetensors"]);
        File.CreateSymbolicLink(folder["models", "tuned", "model.safetensors"], folder["stored", "model.safetensors"]);
        Assert.That(Overwrite(folder, output).Error, Is.EqualTo(LoraExtractionError.OutputIsInput));
        AssertModelsStay(folder);
        Assert.That(File.Exists(folder["stored", "model.safetensors"]));
    }

    [Test]
    public void Extract_IntoANewFolderInsideAModels_LeavesTheModelAsItIs()
    {
        using TestFolder folder = new();
        WritePair(folder, 2);
        using Checkpoint tuned = Checkpoint.Open(folder["models", "tuned"]);
        using Checkpoint origin = Checkpoint.Open(folder["models", "base"]);
        for (int round = 0; round < 2; round++)
        {
            LoraExtraction.Extract(tuned, origin, folder["models", "tuned", "adapter"], new LoraExtractionOptions { Overwrite = true });
            AssertModelsStay(folder);
        }
    }

    [Test]
    public void Extract_IntoAFolderThatMayNotBeReplaced_ReadsNoTensor([Values] bool overwrite)
    {
        using TestFolder folder = new();
        // Reading the fine-tune would be an error of its own.
        WritePair(folder, float.NaN);
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(folder["out", overwrite ? "notes.txt" : "adapter_model.safetensors"], "keep");
        using Checkpoint tuned = Checkpoint.Open(folder["models", "tuned"]);
        using Checkpoint origin = Checkpoint.Open(folder["models", "base"]);
        CheckpointException error = Assert.Throws<CheckpointException>(
            () => LoraExtraction.Extract(tuned, origin, folder["out"], new LoraExtractionOptions { Overwrite = overwrite }))!;
        Assert.That(error.Error, Is.EqualTo(CheckpointError.OutputNotEmpty));
    }

    [Test]
    public void Options_OutOfRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new LoraExtractionOptions { Rank = 0 });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new LoraExtractionOptions { Energy = 0 });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new LoraExtractionOptions { Energy = double.NaN });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new LoraExtractionOptions { SmallestSingularValue = double.NaN });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new LoraExtractionOptions { DataType = DataType.I32 });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new LoraExtractionOptions { Ranks = [new ModuleRank("a", 0)] });
        }
    }

    private static LoraExtractionException Refused(TestModel tuned, TestModel origin)
    {
        using TestFolder folder = new();
        LoraExtractionException error = Assert.Throws<LoraExtractionException>(() => LoraExtraction.Extract(tuned.ToSet(), origin.ToSet(), folder["out"]))!;
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
        return error;
    }

    // Models in a folder that passes for a checkpoint, so that overwriting it would be allowed.
    private static void WritePair(TestFolder folder, float changed)
    {
        using TestModel tuned = new TestModel().Add("a.weight", DataType.F32, [1, 2], 1, changed);
        using TestModel origin = new TestModel().Add("a.weight", DataType.F32, [1, 2], 1, 1);
        tuned.Write(folder["models", "tuned"]);
        origin.Write(folder["models", "base"]);
        File.WriteAllText(folder["models", "config.json"], "{}");
    }

    private static LoraExtractionException Overwrite(TestFolder folder, string output)
    {
        using Checkpoint tuned = Checkpoint.Open(folder["models", "tuned"]);
        using Checkpoint origin = Checkpoint.Open(folder["models", "base"]);
        return Assert.Throws<LoraExtractionException>(() => LoraExtraction.Extract(tuned, origin, folder[output], new LoraExtractionOptions { Overwrite = true }))!;
    }

    private static void AssertModelsStay(TestFolder folder) => Assert.That(
        Directory.GetFiles(folder["models"], "model.safetensors", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder["models"], file)),
        Is.EquivalentTo([Path.Combine("base", "model.safetensors"), Path.Combine("tuned", "model.safetensors")]));

    private static TestModel Model(Random random, float size) => new TestModel()
        .Add("model.embed_tokens.weight", DataType.F32, [7, 3], Numbers(random, 21, size))
        .Add("model.layers.0.q_proj.weight", DataType.F32, [5, 3], Numbers(random, 15, size))
        .Add("model.layers.0.q_proj.bias", Numbers(random, 5, size))
        .Add("model.conv.weight", DataType.F32, [4, 2, 3], Numbers(random, 24, size))
        .Add("model.norm.weight", Numbers(random, 3, size));

    private static TestModel Layers(Random random) => new TestModel()
        .Add("layers.0.q_proj.weight", DataType.F32, [6, 5], Numbers(random, 30, 1))
        .Add("layers.1.q_proj.weight", DataType.F32, [6, 5], Numbers(random, 30, 1))
        .Add("layers.2.q_proj.weight", DataType.F32, [6, 5], Numbers(random, 30, 1))
        .Add("layers.0.v_proj.weight", DataType.F32, [6, 5], Numbers(random, 30, 1));

    private static float[] Numbers(Random random, int count, float size) => [.. Enumerable.Range(0, count).Select(_ => size * (float)(random.NextDouble() - 0.5))];
}
