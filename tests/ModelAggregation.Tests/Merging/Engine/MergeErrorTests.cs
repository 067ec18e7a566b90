using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>What goes wrong, as a user of <see cref="ModelMerger"/> sees it: one typed error that names tensor and model and says what to do.</summary>
public sealed class MergeErrorTests
{
    [Test]
    public void AMissingTensor()
    {
        using TestModel a = W(1).Add("extra", 2);
        using TestModel b = W(1);

        AssertProblem(PlanProblemKind.MissingTensor, Linear(), ["'b'", "'extra'", "on_mismatch: skip"], ("a", a), ("b", b));
    }

    [Test]
    public void DifferentShapes()
    {
        using TestModel a = new TestModel().Add("w", DataType.F32, [2, 3], 1, 2, 3, 4, 5, 6);
        using TestModel b = new TestModel().Add("w", DataType.F32, [3, 2], 1, 2, 3, 4, 5, 6);

        AssertProblem(PlanProblemKind.ShapeMismatch, Linear(), ["'w'", "[2, 3] in a", "[3, 2] in b"], ("a", a), ("b", b));
    }

    [Test]
    public void AnIntegerTensor()
    {
        using TestModel a = new TestModel().AddBytes("ids", DataType.I32, [1], [1, 0, 0, 0]);

        AssertProblem(PlanProblemKind.UnmergeableType, Linear(), ["'ids'", "I32", "integer_tensors: copy"], ("a", a), ("b", a));
    }

    [Test]
    public void IntegerTensorsThatDiffer()
    {
        using TestModel a = new TestModel().AddBytes("ids", DataType.I32, [2], [1, 0, 0, 0, 7, 0, 0, 0]);
        using TestModel b = new TestModel().AddBytes("ids", DataType.I32, [2], [1, 0, 0, 0, 8, 0, 0, 0]);

        MergeDataException error = Assert.Throws<MergeDataException>(() => Merge(Linear() with { IntegerTensors = IntegerPolicy.Copy }, ("a", a), ("b", b)))!;

        Assert.That((error.Error, error.TensorName, error.Model), Is.EqualTo((MergeDataError.IntegerTensorsDiffer, "ids", "b")));
        Assert.That(error.Message, Does.Contain("'ids'").And.Contain("'a'").And.Contain("'b'"));
    }

    [Test]
    public void WeightsThatSumToZero()
    {
        using TestModel a = W(1);

        AssertProblem(
            PlanProblemKind.MethodRule,
            MergeRecipe.With("linear").Model("a", weight: 0.1).Model("b", weight: 0.2).Model("c", weight: -0.3).Build(),
            ["sum to zero", "'w'", "normalize: false"], ("a", a), ("b", a), ("c", a));
    }

    [TestCase(0)]
    [TestCase(-0.5)]
    [TestCase(1.0001)]
    public void ADensityOutOfRange(double density)
    {
        using TestModel a = W(1);

        AssertProblem(
            PlanProblemKind.ParameterValue, MergeRecipe.With("ties").Base("a").Model("b", weight: 1, density: density).Build(),
            ["density", "'b'", density.ToString(System.Globalization.CultureInfo.InvariantCulture)], ("a", a), ("b", a));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void AParameterThatIsNoNumber(double value)
    {
        using TestModel a = W(1);

        AssertProblem(
            PlanProblemKind.ParameterValue, MergeRecipe.With("task_arithmetic").Base("a").Model("b", weight: value).Build(), ["weight", "'b'"], ("a", a), ("b", a));
    }

    [Test]
    public void AModelThatIsNotThere()
    {
        using TestFolder folder = new();

        MergePlanException error = Assert.Throws<MergePlanException>(
            () => new ModelMerger().Merge(MergeRecipe.With("linear").Model(folder["absent"], weight: 1).Build(), folder["out"]))!;

        Assert.That(error.Problems.Select(problem => problem.Kind), Does.Contain(PlanProblemKind.ModelNotFound));
        Assert.That(error.Message, Does.Contain(folder["absent"]));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void AModelThatIsTruncated()
    {
        using TestFolder folder = new();
        WriteOne(folder, "a");
        using (FileStream stream = new(folder["a", "model.safetensors"], FileMode.Open))
        {
            stream.SetLength(stream.Length - 1);
        }

        MergePlanException error = Assert.Throws<MergePlanException>(() => new ModelMerger().Merge(One(folder), folder["out"]))!;

        Assert.That(error.Message, Does.Contain(folder["a"]));
    }

    [Test]
    public void AnOutputThatIsAnInput([Values] bool overwrite, [Values("a", "a/", "b/../a")] string spelling)
    {
        using TestFolder folder = new();
        WriteOne(folder, "a");

        MergeDataException error = Assert.Throws<MergeDataException>(
            () => new ModelMerger().Merge(One(folder), Path.Combine(folder.Path, spelling), new MergeOptions { Overwrite = overwrite }))!;

        Assert.That((error.Error, error.Message.Contains(folder["a"])), Is.EqualTo((MergeDataError.OutputIsInput, true)));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void AnOutputThatIsAnInput_BehindALink([Values] bool isInputLinked)
    {
        using TestFolder folder = new();
        WriteOne(folder, "real");
        Directory.CreateSymbolicLink(folder["link"], folder["real"]);
        (string input, string output) = isInputLinked ? ("link", "real") : ("real", "link");

        MergeDataException error = Assert.Throws<MergeDataException>(
            () => new ModelMerger().Merge(MergeRecipe.With("linear").Model(folder[input], weight: 1).Build(), folder[output], new MergeOptions { Overwrite = true }))!;

        Assert.That(error.Error, Is.EqualTo(MergeDataError.OutputIsInput));
        Assert.That(File.Exists(folder["real", "model.safetensors"]));
    }

    [Test]
    public void AnOutputThatContainsAnInput()
    {
        using TestFolder folder = new();
        WriteOne(folder, "models/a");
        File.WriteAllText(folder["models", "config.json"], "{}");

        MergeDataException error = Assert.Throws<MergeDataException>(() => new ModelMerger().Merge(
            MergeRecipe.With("linear").Model(folder["models", "a"], weight: 1).Build(), folder["models"], new MergeOptions { Overwrite = true }))!;

        Assert.That(error.Error, Is.EqualTo(MergeDataError.OutputIsInput));
        Assert.That(File.Exists(folder["models", "a", "model.safetensors"]));
    }

    [Test]
    public void AnOutputFolderThatIsNotEmpty()
    {
        using TestFolder folder = new();
        WriteOne(folder, "a");
        WriteOne(folder, "out");
        byte[] before = File.ReadAllBytes(folder["out", "model.safetensors"]);

        CheckpointException error = Assert.Throws<CheckpointException>(() => new ModelMerger().Merge(One(folder), folder["out"]))!;

        Assert.That((error.Error, error.File), Is.EqualTo((CheckpointError.OutputNotEmpty, folder["out"])));
        Assert.That(File.ReadAllBytes(folder["out", "model.safetensors"]), Is.EqualTo(before));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(2));
    }

    [Test]
    public void AnOutputBelowAFile()
    {
        using TestFolder folder = new();
        WriteOne(folder, "a");

        CheckpointException error = Assert.Throws<CheckpointException>(() => new ModelMerger().Merge(One(folder), folder["a", "model.safetensors", "out"]))!;

        Assert.That(error.Error, Is.EqualTo(CheckpointError.OutputReadOnly));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void AnOutputBelowAFolderThatIsReadOnly()
    {
        Assume.That(Environment.IsPrivilegedProcess, Is.False, "root may write everywhere");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using TestFolder folder = new();
        WriteOne(folder, "a");
        Directory.CreateDirectory(folder["locked"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.That(
            () => new ModelMerger().Merge(One(folder), folder["locked", "out"]),
            Throws.TypeOf<CheckpointException>().With.Property(nameof(CheckpointException.Error)).EqualTo(CheckpointError.OutputReadOnly));
    }

    [Test]
    [Platform("Linux")]
    public void AnOutputThatDoesNotFitTheDisk()
    {
        // A file with a hole may be larger than its disk; the output is refused before anything is written.
        using TestFolder folder = new();
        long elements = (new DriveInfo(folder.Path).AvailableFreeSpace / sizeof(float)) + (1L << 28);
        Directory.CreateDirectory(folder["a"]);
        using (SafetensorsFileWriter.Create(
            folder["a", "model.safetensors"], SafetensorsHeader.Create([new TensorInfo("w", DataType.F32, new TensorShape(elements))])))
        {
        }

        CheckpointException error = Assert.Throws<CheckpointException>(() => new ModelMerger().Merge(One(folder), folder["out"]))!;

        Assert.That((error.Error, error.BytesNeeded > elements * sizeof(float)), Is.EqualTo((CheckpointError.DiskFull, true)));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void ASinkWithoutSpace_IsAnIOError_AndNotSwallowed()
    {
        // What a full disk does in the middle of a pass, on the device that the engine uses.
        using HostTensor source = HostTensor.FromSingles(new float[200_000], new TensorShape(200_000));
        using ModelTensors.Devices.Cpu.CpuDevice device = new();

        Assert.That(() => device.Convert(source.Source, new FullSink(source.Shape)), Throws.TypeOf<IOException>().With.Message.EqualTo("No space left."));
    }

    [Test]
    public void ARowThatIsTooLongToRank()
    {
        using TestModel model = MergeRig.W(new float[200_000]);
        ModelMerger merger = MergeRig.Merger(("base", model), ("a", model));
        using MergePlan plan = merger.Plan(MergeRecipe.With("della").Base("base").Model("a", weight: 1, density: 0.5).Build());

        MergeDataException error = Assert.Throws<MergeDataException>(() => merger.MergeInMemory(plan, new MergeOptions { Threads = 1, WorkingMemory = 1 << 20 }))!;

        Assert.That((error.Error, error.TensorName), Is.EqualTo((MergeDataError.RowTooLong, "w")));
        Assert.That(error.Message, Does.Contain("200000").And.Contain("working memory"));
    }

    [Test]
    public void AMethodThatWritesNothing()
    {
        using TestModel a = W(1);
        ModelMerger merger = new(
            new MemoryModelResolver([KeyValuePair.Create<string, TensorSet>("a", a.ToSet())]), new MergeMethodRegistry().Add(new IdleMethod()));
        using MergePlan plan = merger.Plan(MergeRecipe.With("idle").Model("a").Build());

        Assert.That(() => merger.MergeInMemory(plan), Throws.InvalidOperationException.With.Message.Contains("'idle'").And.Message.Contains("'w'"));
    }

    private static MergeRecipe Linear() => MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).Build();

    private static MergeRecipe One(TestFolder folder) => MergeRecipe.With("linear").Model(folder["a"], weight: 1).Build();

    private static void WriteOne(TestFolder folder, string name)
    {
        using TestModel model = W(1, 2, 3);
        model.Write(folder[name]);
    }

    private static void AssertProblem(PlanProblemKind kind, MergeRecipe recipe, string[] words, params (string Name, TestModel Model)[] models)
    {
        using TestFolder folder = new();
        MergePlanException error = Assert.Throws<MergePlanException>(() => Merger(models).Merge(recipe, folder["out"]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => problem.Kind), Is.EqualTo((PlanProblemKind[])[kind]), error.Message);
            foreach (string word in words)
            {
                Assert.That(error.Message, Does.Contain(word));
            }

            Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty, "nothing is written");
        }
    }

    private sealed class FullSink(TensorShape shape) : TensorSink(DataType.BF16, shape)
    {
        public override void Write(long start, ReadOnlySpan<byte> source) => throw new IOException("No space left.");
    }

    private sealed class IdleMethod : MergeMethod
    {
        public override string Name => "idle";

        public override string Summary => "Does nothing.";

        public override void Merge(TensorMerge merge)
        {
        }
    }
}
