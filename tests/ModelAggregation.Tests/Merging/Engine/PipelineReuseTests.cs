using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>What must not be taken for the output of a stage, or be replaced by one.</summary>
public sealed class PipelineReuseTests
{
    private static readonly MergeStageOutcome Merged = MergeStageOutcome.Merged;

    [Test]
    public void OtherWeightsInMemory_AreMergedAnew()
    {
        using TestFolder folder = new();
        using TestModel first = W(1, 2);
        using TestModel second = W(3, 4);
        MergePipeline pipeline = MergePipeline.First("one", Copy("a")).Then("two", Copy("one")).Finally(Copy("two"));
        Merger(("a", first)).Merge(pipeline, folder["out"]);

        MergePipelineReport report = Merger(("a", second)).Merge(pipeline, folder["out"], new MergeOptions { Overwrite = true });

        Assert.That(Outcomes(report), Is.EqualTo((MergeStageOutcome[])[Merged, Merged, Merged]), "nothing but its weights tells the second model from the first");
        AssertValues(folder["out"], "w", 3, 4);
    }

    [Test]
    public void OtherWeightsInMemory_UnderAnAdapterFromFiles_AreMergedAnew()
    {
        using TestFolder folder = new();
        using (LoraAdapterWriter writer = new())
        using (CpuDevice device = new(new CpuDeviceOptions { Threads = 1 }))
        {
            writer.Add("w", LoraModuleKind.Linear, HostTensor.FromSingles([10, 20], new TensorShape(1, 2)), HostTensor.FromSingles([1], new TensorShape(1, 1)));
            writer.Write(folder["adapter"], device);
        }

        using TestModel first = new TestModel().Add("w.weight", DataType.F32, [1, 2], 1, 2);
        using TestModel second = new TestModel().Add("w.weight", DataType.F32, [1, 2], 3, 4);
        MergePipeline pipeline = MergePipeline.First("adapted", Copy($"a+{folder["adapter"]}")).Finally(Copy("adapted"));
        Merger(("a", first)).Merge(pipeline, folder["out"]);

        MergePipelineReport report = Merger(("a", second)).Merge(pipeline, folder["out"], new MergeOptions { Overwrite = true });

        Assert.That(Outcomes(report), Is.EqualTo((MergeStageOutcome[])[Merged, Merged]));
        AssertValues(folder["out"], "w.weight", 13, 24);
    }

    [Test]
    public void AnInterruptedMergeOfModelsInMemory_StartsAnew()
    {
        using TestFolder folder = new();
        using TestModel first = Random(1);
        using TestModel second = Random(2);
        using CancellationTokenSource source = new();
        Assert.That(
            () => Merger(("a", first)).Merge(Copy("a"), folder["out"], null, new Reaction(value =>
            {
                if (value.TensorsDone == 3)
                {
                    source.Cancel();
                }
            }), source.Token),
            Throws.InstanceOf<OperationCanceledException>());

        MergeReport report = Merger(("a", second)).Merge(Copy("a"), folder["out"]);

        using Checkpoint output = Checkpoint.Open(folder["out"]);
        Assert.That(report.ResumedTensorCount, Is.Zero);
        EngineBytesTests.AssertSame(TensorBytes.ReadAll(output), TensorBytes.ReadAll(second.ToSet()), "the second model alone");
        Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EqualTo((string[])["out"]), "what was interrupted is gone");
    }

    [Test]
    public void AnotherMethodOfTheSameName_IsNotTakenForTheFirst()
    {
        using TestFolder folder = new();
        using (TestModel model = W(1, 2))
        {
            model.Write(folder["a"]);
        }

        MergePipeline pipeline = MergePipeline.First("one", Copy(folder["a"])).Finally(Copy("one"));
        new ModelMerger().Merge(pipeline, folder["out"]);
        ModelMerger doubling = new(methods: new MergeMethodRegistry().Add(new DoublingPassthrough()));

        MergePipelineReport report = doubling.Merge(pipeline, folder["out"], new MergeOptions { Overwrite = true });

        Assert.That(Outcomes(report), Is.EqualTo((MergeStageOutcome[])[Merged, Merged]));
        AssertValues(folder["out"], "w", 4, 8);
    }

    [Test]
    public void StagesThatUseEachOtherManyTimes_AreLookedAtOnce()
    {
        using TestFolder folder = new();
        using (TestModel model = W(1))
        {
            model.Write(folder["a"]);
        }

        // Each uses the two before it: a walk along every use would never end.
        List<MergeStage> stages = [new("s0", Copy(folder["a"])), new("s1", Copy("s0"))];
        for (int stage = 2; stage < 60; stage++)
        {
            stages.Add(new($"s{stage}", MergeRecipe.With("linear").Model($"s{stage - 2}", weight: 1).Model($"s{stage - 1}", weight: 1).Build()));
        }

        Task<MergePipelineReport> merge = Task.Run(() =>
            new ModelMerger().Merge(new MergePipeline(stages), folder["out"], new MergeOptions { Threads = 1, IntermediateMemory = 1 << 20 }));

        Assert.That(merge.Wait(TimeSpan.FromSeconds(60)), "merging single numbers takes no minute");
        AssertValues(folder["out"], "w", 1);
    }

    [TestCase("stages", "one")]
    [TestCase("stages", "one", "inside")]
    [TestCase("stages")]
    [TestCase("stages", "..", "stages", "one")]
    public void AnOutputThatOverlapsTheFolderOfAStage_IsRefusedBeforeAnyWork(params string[] place)
    {
        using TestFolder folder = new();
        using (TestModel model = W(1))
        {
            model.Write(folder["a"]);
        }

        MergePipeline pipeline = MergePipeline.First("one", Copy(folder["a"])).Finally(Copy("one"));

        MergeDataException error = Assert.Throws<MergeDataException>(() => new ModelMerger().Merge(
            pipeline, folder[place], new MergeOptions { IntermediateFolder = folder["stages"], Overwrite = true }))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(MergeDataError.OutputIsInput));
            Assert.That(error.Message, Does.Contain("stage 'one'").And.Contain(folder["stages", "one"]));
            Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EqualTo((string[])["a"]));
        }
    }

    [Test]
    public void AnOutputBesideTheFoldersOfStages_IsWritten()
    {
        using TestFolder folder = new();
        using (TestModel model = W(1))
        {
            model.Write(folder["a"]);
        }

        new ModelMerger().Merge(
            MergePipeline.First("one", Copy(folder["a"])).Finally(Copy("one")), folder["stages", "one-more"], new MergeOptions { IntermediateFolder = folder["stages"] });

        AssertValues(folder["stages", "one-more"], "w", 1);
    }

    [Test]
    public void TheModelCard_ListsTheModelsThatStagesAreMadeOf()
    {
        using TestFolder folder = new();
        foreach (string name in (string[])["a", "b", "c"])
        {
            using TestModel model = W(1);
            model.Write(folder[name]);
        }

        MergePipeline pipeline = MergePipeline
            .First("both", MergeRecipe.With("linear").Model(folder["a"], weight: 1).Model(folder["b"], weight: 1).Build())
            .Then("twice", MergeRecipe.With("linear").Model("both", weight: 1).Model(folder["a"], weight: 1).Build())
            .Finally(MergeRecipe.With("linear").Model("twice", weight: 1).Model(folder["c"], weight: 1).Build());

        new ModelMerger().Merge(pipeline, folder["out"]);

        Assert.That(File.ReadAllText(folder["out", "README.md"]), Does.Contain("base_model:\n- \"a\"\n- \"b\"\n- \"c\"\n---\n"));
    }

    private static MergeRecipe Copy(string model) => MergeRecipe.With("passthrough").Model(model).Build();

    private static MergeStageOutcome[] Outcomes(MergePipelineReport report) => [.. report.Stages.Select(stage => stage.Outcome)];

    private static void AssertValues(string folder, string tensor, params float[] expected)
    {
        using Checkpoint output = Checkpoint.Open(folder);
        Assert.That(TensorBytes.Singles(output, tensor), Is.EqualTo(expected));
    }

    private sealed class DoublingPassthrough : MergeMethod
    {
        public override string Name => "passthrough";

        public override string Summary => "Twice the model.";

        public override void Merge(TensorMerge merge) => merge.Map((tile, output) =>
        {
            for (int i = 0; i < tile.Count; i++)
            {
                output[i] = 2 * tile[0][i];
            }
        });
    }
}
