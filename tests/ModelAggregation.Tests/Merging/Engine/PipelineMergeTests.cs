using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>Stages that are merged, found again, merged anew when something changed, and continued.</summary>
public sealed class PipelineMergeTests
{
    private static readonly MergeStageOutcome Merged = MergeStageOutcome.Merged;
    private static readonly MergeStageOutcome Reused = MergeStageOutcome.Reused;

    [TestCase(0)]
    [TestCase(1L << 30)]
    public void APipeline_GivesWhatItsRecipesGiveOneAfterTheOther(long memory)
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        ModelMerger merger = new();
        merger.Merge(Mean(folder), folder["by-hand", "mean"]);
        merger.Merge(Mean(folder) with { Seed = 1, Parameters = ParameterSet.Empty.With("normalize", false) }, folder["by-hand", "sum"]);
        ModelMerger byHand = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [folder["by-hand"]] }));
        byHand.Merge(Both(), folder["expected"]);

        MergePipelineReport report = merger.Merge(Pipeline(folder), folder["out"], new MergeOptions { IntermediateMemory = memory, HashInputs = true });

        AssertSame(folder["expected"], folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Stages.Select(stage => (stage.Name, stage.Outcome)), Is.EqualTo(((string?, MergeStageOutcome)[])[("mean", Merged), ("sum", Merged), (null, Merged)]));
            Assert.That(report.Stages[0].Report!.Folder, Is.EqualTo(memory == 0 ? folder["out.stages", "mean"] : null));
            Assert.That(Directory.Exists(folder["out.stages"]), Is.EqualTo(memory == 0));
            Assert.That(MergePipeline.Load(folder["out", "merge_recipe.yml"]), Is.EqualTo(Pipeline(folder)), "what lies beside the output makes it again");
            Assert.That(File.ReadAllText(folder["out", "README.md"]), Does.Contain("| \"mean\" | stage, by the hash of its plan |"));
        }
    }

    [Test]
    public void MemoryIsUsed_AsFarAsItGoes_AndFreedForLaterStages()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        MergePipeline chain = MergePipeline.First("one", Mean(folder))
            .Then("two", MergeRecipe.With("passthrough").Model("one").Build())
            .Then("three", MergeRecipe.With("passthrough").Model("two").Build())
            .Then("aside", MergeRecipe.With("passthrough").Model("two").Build())
            .Finally(MergeRecipe.With("passthrough").Model("three").Build());
        using MergePipelinePlan plan = new ModelMerger().Plan(chain);

        MergePipelineReport report = new ModelMerger().Merge(plan, folder["out"], new MergeOptions { IntermediateMemory = plan.Final.OutputBytes });

        // There is room for one: the first is there while the second is merged, the third after it; 'aside' is an output of its own.
        Assert.That(report.Stages.Select(stage => Path.GetFileName(stage.Report!.Folder)), Is.EqualTo((string?[])[null, "two", null, "aside", "out"]));
    }

    [Test]
    public void WhatIsComplete_IsUsedAgain_AndOnlyWhatDependsOnAChangeIsMergedAnew()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        ModelMerger merger = new();
        merger.Merge(Pipeline(folder), folder["out"]);
        MergeOptions again = new() { Overwrite = true };

        Assert.That(Outcomes(merger.Merge(Pipeline(folder), folder["out"], again)), Is.EqualTo((MergeStageOutcome[])[Reused, Reused, Merged]));

        MergePipeline otherSum = new([.. Pipeline(folder).Stages.Select(stage => stage.Name is "sum" ? stage with { Recipe = stage.Recipe with { Seed = 2 } } : stage)]);
        Assert.That(Outcomes(merger.Merge(otherSum, folder["out"], again)), Is.EqualTo((MergeStageOutcome[])[Reused, Merged, Merged]), "another recipe");

        string[] files = Directory.GetFiles(folder["a"]);
        File.SetLastWriteTimeUtc(files[0], File.GetLastWriteTimeUtc(files[0]).AddSeconds(5));
        Assert.That(Outcomes(merger.Merge(otherSum, folder["out"], again)), Is.EqualTo((MergeStageOutcome[])[Merged, Merged, Merged]), "another input, of the same header");
    }

    [Test]
    public void AStage_OfWhichAllThatIsMadeIsComplete_IsNotNeeded()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        MergePipeline chain = MergePipeline.First("one", Mean(folder)).Then("two", MergeRecipe.With("passthrough").Model("one").Build())
            .Finally(MergeRecipe.With("passthrough").Model("two").Build());
        new ModelMerger().Merge(chain, folder["out"]);
        Directory.Delete(folder["out.stages", "one"], recursive: true);

        MergePipelineReport report = new ModelMerger().Merge(chain, folder["again"], new MergeOptions { IntermediateFolder = folder["out.stages"] });

        Assert.That(Outcomes(report), Is.EqualTo((MergeStageOutcome[])[MergeStageOutcome.NotNeeded, Reused, Merged]));
        AssertSame(folder["out"], folder["again"]);
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(13)]
    [TestCase(15)]
    public void ACancelledPipeline_IsContinued_StageByStage(int after)
    {
        using TestFolder folder = new();
        WriteModels(folder);
        MergePipeline pipeline = Pipeline(folder);
        new ModelMerger().Merge(pipeline, folder["fresh"], new MergeOptions { IntermediateFolder = folder["fresh stages"] });
        using CancellationTokenSource source = new();
        int done = 0;
        string last = string.Empty;

        Assert.That(
            () => new ModelMerger().Merge(pipeline, folder["out"], null, new Reaction(value =>
            {
                string now = $"{value.Stage} {value.TensorsDone}";
                done += string.Equals(now, last, StringComparison.Ordinal) || value.TensorsDone == 0 ? 0 : 1;
                last = now;
                if (done == after)
                {
                    source.Cancel();
                }
            }), source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.Exists(folder["out"]), Is.False);
        MergePipelineReport report = new ModelMerger().Merge(pipeline, folder["out"]);

        AssertSame(folder["fresh"], folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Stages.Count(stage => stage.Outcome == Reused), Is.EqualTo(Math.Min(2, (after - 1) / 6)));
            Assert.That(report.Stages.First(stage => stage.Report is not null).Report!.ResumedTensorCount, Is.GreaterThan(0));
            Assert.That(Directory.GetFileSystemEntries(folder["out.stages"]).Select(Path.GetFileName), Is.EquivalentTo((string[])["mean", "sum"]));
        }
    }

    [TestCase(0)]
    [TestCase(1L << 30)]
    public void AnInputThatChangesDuringItsStage_IsNoticed(long memory)
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        string file = Directory.GetFiles(folder["b"])[0];
        int touched = 0;

        CheckpointException error = Assert.Throws<CheckpointException>(() => new ModelMerger().Merge(
            Pipeline(folder), folder["out"], new MergeOptions { IntermediateMemory = memory }, new Reaction(value =>
            {
                if (value.Stage is "mean" && value.TensorsDone == 1 && touched++ == 0)
                {
                    File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(5));
                }
            })))!;

        Assert.That((error.Error, error.File), Is.EqualTo((CheckpointError.InputChanged, file)));
        Assert.That(Directory.Exists(folder["out.stages", "mean"]), Is.False);
    }

    [Test]
    public void Progress_TellsTheStage()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        List<(string?, int, int)> told = [];

        new ModelMerger().Merge(Pipeline(folder), folder["out"], null, new Reaction(value => told.Add((value.Stage, value.StageNumber, value.StageCount))));

        Assert.That(told.Distinct(), Is.EqualTo(((string?, int, int)[])[("mean", 1, 3), ("sum", 2, 3), (null, 3, 3)]));
    }

    [Test]
    public void APipelineOfOneStage_IsTheRecipe()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        MergeProgress told = default;

        new ModelMerger().Merge(new MergePipeline([new(null, Mean(folder))]), folder["out"], null, new Reaction(value => told = value));
        new ModelMerger().Merge(Mean(folder), folder["expected"]);

        AssertSame(folder["expected"], folder["out"], "README.md", "merge_recipe.yml");
        Assert.That((told.StageCount, Directory.Exists(folder["out.stages"])), Is.EqualTo((0, false)));
    }

    [Test]
    public void AFolderThatNoStageMade_IsNotReplaced()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        using (TestModel mine = W(1))
        {
            mine.Write(folder["out.stages", "mean"]);
        }

        CheckpointException error = Assert.Throws<CheckpointException>(() => new ModelMerger().Merge(Pipeline(folder), folder["out"], new MergeOptions { Overwrite = true }))!;

        Assert.That((error.Error, error.File), Is.EqualTo((CheckpointError.OutputNotEmpty, folder["out.stages", "mean"])));
        Assert.That(File.Exists(folder["out.stages", "mean", "model.safetensors"]));
    }

    [Test]
    public void AnOutputThatIsNotEmpty_IsRefusedBeforeTheFirstStage()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        Directory.CreateDirectory(folder["out", "something"]);

        Assert.That(() => new ModelMerger().Merge(Pipeline(folder), folder["out"]), Throws.TypeOf<CheckpointException>().With.Property("Error").EqualTo(CheckpointError.OutputNotEmpty));
        Assert.That(Directory.Exists(folder["out.stages"]), Is.False);
    }

    [TestCase("out")]
    [TestCase("out", "inside")]
    public void IntermediatesInsideTheOutput_AreRefused(params string[] place)
    {
        using TestFolder folder = new();
        WriteSmall(folder);

        Assert.That(
            () => new ModelMerger().Merge(Pipeline(folder), folder["out"], new MergeOptions { IntermediateFolder = folder[place] }),
            Throws.TypeOf<MergeDataException>().With.Message.Contains("or one lies in the other"));
    }

    [Test]
    public void AnIntermediateThatSomebodyChanged_IsATypedError()
    {
        using TestFolder folder = new();
        WriteSmall(folder);
        new ModelMerger().Merge(Pipeline(folder), folder["out"]);
        using (TestModel other = new TestModel().Add("layers.0.weight", DataType.F32, [2, 2], 1, 2, 3, 4).Add("layers.1.weight", 1))
        {
            other.Write(folder["out.stages", "mean"]);
        }

        CheckpointException error = Assert.Throws<CheckpointException>(() => new ModelMerger().Merge(Pipeline(folder), folder["again"], new MergeOptions { IntermediateFolder = folder["out.stages"] }))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.File, error.TensorName), Is.EqualTo((CheckpointError.InputChanged, folder["out.stages", "mean"], "layers.0.weight")));
            Assert.That(error.Message, Does.Contain("F32 [2, 2] instead of F32 [40]").And.Contain("delete that folder"));
        }
    }

    [Test]
    public void NegativeMemory_IsRefused() =>
        Assert.That(() => new MergeOptions { IntermediateMemory = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static MergeStageOutcome[] Outcomes(MergePipelineReport report) => [.. report.Stages.Select(stage => stage.Outcome)];

    private static void WriteSmall(TestFolder folder)
    {
        foreach ((string name, int seed) in (ReadOnlySpan<(string, int)>)[("a", 2), ("b", 3)])
        {
            using TestModel model = Random(seed, tensors: 2, length: 40);
            model.Write(folder[name]);
        }
    }

    /// <summary>Makes three stages: a mean, a sum, and the two joined.</summary>
    private static MergePipeline Pipeline(TestFolder folder) => new(
    [
        new(null, Both()),
        new("mean", Mean(folder)),
        new("sum", Mean(folder) with { Seed = 1, Parameters = ParameterSet.Empty.With("normalize", false) }),
    ]);

    private static MergeRecipe Mean(TestFolder folder) => MergeRecipe.With("linear").Model(folder["a"], weight: 1).Model(folder["b"], weight: 3).Build();

    private static MergeRecipe Both() => MergeRecipe.With("dare_ties").Base("mean").Model("sum", weight: 0.5, density: 0.5).Seed(4).Build();

    private static void AssertSame(string expected, string actual, params string[] texts)
    {
        EngineBytesTests.AssertSame(TensorBytes.ReadAll(actual), TensorBytes.ReadAll(expected), actual);
        foreach (string text in texts)
        {
            Assert.That(File.ReadAllText(Path.Combine(actual, text)), Is.EqualTo(File.ReadAllText(Path.Combine(expected, text))), text);
        }
    }
}
