using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>Interruptions, continuations, and inputs that do not hold still.</summary>
public sealed class ResumeTests
{
    private const int TensorCount = 6;

    [Test]
    public void Progress_IsMonotone_AndEndsAtTheTotal()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        List<MergeProgress> reports = [];
        Lock gate = new();

        MergeReport report = new ModelMerger(time: new SteppingTime()).Merge(Ties(folder), folder["out"], null, new Reaction(value =>
        {
            lock (gate)
            {
                reports.Add(value);
            }
        }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports, Has.Count.GreaterThan(TensorCount), "not only after each tensor");
            Assert.That(reports.Select(value => value.BytesRead), Is.Ordered);
            Assert.That(reports.Select(value => value.TensorsDone), Is.Ordered);
            Assert.That(reports.Select(value => value.BytesPerSecond), Is.All.GreaterThan(0));
            Assert.That(reports.Select(value => value.TensorCount), Is.All.EqualTo(TensorCount));
            Assert.That((reports[^1].TensorsDone, reports[^1].BytesRead, reports[^1].Remaining), Is.EqualTo((TensorCount, reports[^1].BytesToRead, TimeSpan.Zero)));
            Assert.That(reports[0].Remaining, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(report.BytesRead, Is.EqualTo(reports[^1].BytesRead), "both passes over all inputs");
        }
    }

    [Test]
    public void ACancelledMerge_LeavesNothing_AndIsContinued()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        Interrupt(folder, Ties(folder), after: 3);
        Assert.That(Directory.Exists(folder["out"]), Is.False);
        MergeProgress last = default;

        MergeReport report = new ModelMerger().Merge(Ties(folder), folder["out"], null, new Reaction(value => last = value));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.ResumedTensorCount, Is.InRange(1, 3));
            Assert.That((last.TensorsDone, last.BytesRead), Is.EqualTo((TensorCount, last.BytesToRead)), "what was complete already is not to be read");
            Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo((string[])["base", "a", "b", "out"]));
        }

        AssertAsUninterrupted(folder, Ties(folder));
    }

    [Test]
    public void ACancelledMerge_ThatIsContinuedWithOtherThreadsAndMemory_HasTheSameBytes()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        Interrupt(folder, Ties(folder), after: 2);

        MergeReport report = new ModelMerger().Merge(Ties(folder), folder["out"], new MergeOptions { Threads = 5, WorkingMemory = 1 << 20 });

        Assert.That(report.ResumedTensorCount, Is.GreaterThan(0));
        AssertAsUninterrupted(folder, Ties(folder));
    }

    [Test]
    public void AMergeThatOnlyLacksItsEnd_StillReportsProgress()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        Interrupt(folder, Ties(folder), after: TensorCount, new MergeOptions { HashInputs = true });
        MergeProgress last = default;

        MergeReport report = new ModelMerger().Merge(Ties(folder), folder["out"], null, new Reaction(value => last = value));

        Assert.That((report.ResumedTensorCount, report.BytesRead, last.TensorsDone), Is.EqualTo((TensorCount, 0L, TensorCount)));
    }

    [Test]
    public void NonFiniteCounts_SurviveAnInterruption()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        float[] spoilt = [float.NaN, float.PositiveInfinity, .. new float[299_998]];
        using (TestModel model = Random(4))
        {
            TensorSink sink = model["layers.0.weight"].Sink;
            sink.Write(0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(spoilt.AsSpan()));
            model.Write(folder["spoilt"]);
        }

        MergeRecipe recipe = MergeRecipe.With("linear").Model(folder["a"], weight: 1).Model(folder["spoilt"], weight: 1).NonFinite(NonFinitePolicy.Warn).Build();
        Interrupt(folder, recipe, after: 3);

        MergeReport report = new ModelMerger().Merge(recipe, folder["out"]);

        Assert.That(report.ResumedTensorCount, Is.GreaterThan(0));
        Assert.That(report.NonFinite, Is.EqualTo((NonFiniteCount[])[new("layers.0.weight", "spoilt", 2), new("layers.0.weight", null, 2)]));
    }

    [Test]
    public void AnInputThatChangedMeanwhile_StartsTheMergeAnew()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        Interrupt(folder, Ties(folder), after: 3);
        using (TestModel other = Random(9))
        {
            other.Write(folder["a"], shards: 2);
            Touch(Directory.GetFiles(folder["a"])[0]);
        }

        MergeReport report = new ModelMerger().Merge(Ties(folder), folder["out"]);

        Assert.That(report.ResumedTensorCount, Is.Zero);
        AssertAsUninterrupted(folder, Ties(folder));
    }

    [Test]
    public void AnotherSeed_StartsTheMergeAnew()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        Interrupt(folder, Ties(folder), after: 3);

        MergeReport report = new ModelMerger().Merge(Ties(folder) with { Seed = 1 }, folder["out"]);

        Assert.That(report.ResumedTensorCount, Is.Zero);
    }

    [Test]
    public void AnInputThatChangesDuringTheMerge_IsNoticed()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        string file = Directory.GetFiles(folder["b"])[0];
        bool isTouched = false;

        CheckpointException error = Assert.Throws<CheckpointException>(() => new ModelMerger().Merge(Ties(folder), folder["out"], null, new Reaction(value =>
        {
            if (value.TensorsDone == 2 && !isTouched)
            {
                isTouched = true;
                Touch(file);
            }
        })))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.File), Is.EqualTo((CheckpointError.InputChanged, file)));
            Assert.That(Directory.Exists(folder["out"]), Is.False);
        }
    }

    [Test]
    public void AnInputThatShrinksDuringTheMerge_IsATypedError()
    {
        using TestFolder folder = new();
        WriteModels(folder);
        string file = Directory.GetFiles(folder["b"]).Order(StringComparer.Ordinal).Last();

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => new ModelMerger().Merge(Ties(folder), folder["out"], null, new Reaction(value =>
        {
            if (value.TensorsDone == 1)
            {
                using FileStream stream = new(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                stream.SetLength(10_000);
            }
        })))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.File), Is.EqualTo((SafetensorsError.Truncated, file)));
            Assert.That(error.Message, Does.Contain("layers.").And.Contain("shrunk"));
            Assert.That(Directory.Exists(folder["out"]), Is.False);
        }
    }

    [Test]
    public void ATokenThatIsCancelledAlready_StopsBeforeAnythingIsWritten()
    {
        using TestFolder folder = new();
        WriteModels(folder);

        Assert.That(
            () => new ModelMerger().Merge(Ties(folder), folder["out"], cancellationToken: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(3));
    }

    private static void Interrupt(TestFolder folder, MergeRecipe recipe, int after, MergeOptions? options = null)
    {
        using CancellationTokenSource source = new();
        Assert.That(
            () => new ModelMerger().Merge(recipe, folder["out"], options, new Reaction(value =>
            {
                if (value.TensorsDone == after)
                {
                    source.Cancel();
                }
            }), source.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static void AssertAsUninterrupted(TestFolder folder, MergeRecipe recipe)
    {
        new ModelMerger().Merge(recipe, folder["fresh"]);
        EngineBytesTests.AssertSame(TensorBytes.ReadAll(folder["out"]), TensorBytes.ReadAll(folder["fresh"]), "after an interruption");
    }

    private static void Touch(string file) => File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(5));

    /// <summary>A clock that goes on by a twentieth of a second each time somebody looks.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 20;

        public override long GetTimestamp() => Interlocked.Increment(ref _now);
    }
}
