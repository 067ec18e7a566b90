using ModelTensors.Checkpoints;

namespace ModelTensors.Tests.Checkpoints;

/// <summary>What the output does to the folders around it.</summary>
public sealed class StagedCheckpointFolderTests
{
    private const string Partial = "out.partial-0123abcd";
    private const string Old = "out.old-0123abcd";

    private static readonly StagedCheckpointOptions Overwriting = new() { ShardSize = 16, FlushBytes = 0, Overwrite = true };

    [Test]
    public void Open_OnAFolderWithContent_IsOutputNotEmpty_AndChangesNothing()
    {
        using TestFolder folder = new();
        folder.Write("out/config.json", "{}");
        Assert.That(() => StagedCheckpointTests.Open(folder), CheckpointTests.Fails(CheckpointError.OutputNotEmpty));
        Assert.That(Entries(folder), Is.EqualTo(["out"]));
    }

    [Test]
    public void Open_OverwritingWhatIsNoCheckpoint_Refuses()
    {
        using TestFolder folder = new();
        folder.Write("out/thesis.tex", "x");
        Assert.That(() => StagedCheckpointTests.Open(folder, Overwriting), CheckpointTests.Fails(CheckpointError.OutputNotEmpty));
        Assert.That(File.Exists(folder["out", "thesis.tex"]), Is.True);
    }

    [Test]
    public void Open_WhereTheOutputIsAFile_Refuses()
    {
        using TestFolder folder = new();
        folder.Write("out", "x");
        Assert.That(() => StagedCheckpointTests.Open(folder, Overwriting), CheckpointTests.Fails(CheckpointError.OutputNotEmpty));
    }

    [Test]
    public void Commit_IntoAnEmptyFolder_TakesItsPlace()
    {
        using TestFolder folder = new();
        Directory.CreateDirectory(folder["out"]);
        Commit(folder, new StagedCheckpointOptions());
        StagedCheckpointTests.AssertValues(folder["out"]);
    }

    [Test]
    public void Commit_Overwriting_ReplacesTheOldOne_ButNotBefore()
    {
        using TestFolder folder = new();
        folder.Write("out/config.json", "old");
        using (StagedCheckpoint staged = StagedCheckpointTests.Open(folder, Overwriting))
        {
            StagedCheckpointTests.WriteAll(staged);
            Assert.That(File.ReadAllText(folder["out", "config.json"]), Is.EqualTo("old"));
            staged.Commit();
        }

        Assert.That(Entries(folder), Is.EqualTo(["out"]));
        Assert.That(File.Exists(folder["out", "config.json"]), Is.False);
        StagedCheckpointTests.AssertValues(folder["out"]);
    }

    [Test]
    public void Commit_WhenTheFolderWasFilledMeanwhile_RefusesAndKeepsBoth()
    {
        using TestFolder folder = new();
        using StagedCheckpoint staged = StagedCheckpointTests.Open(folder);
        StagedCheckpointTests.WriteAll(staged);
        folder.Write("out/config.json", "another");
        Assert.That(staged.Commit, CheckpointTests.Fails(CheckpointError.OutputNotEmpty));
        Directory.Delete(folder["out"], recursive: true);
        staged.Commit();
        StagedCheckpointTests.AssertValues(folder["out"]);
    }

    [Test]
    public void Open_AfterAKillBeforeTheRenames_HasEverythingComplete()
    {
        using TestFolder folder = new();
        folder.Write("out/config.json", "old");
        Prepare(folder);
        File.Move(folder[Partial, "journal.jsonl"], folder[Partial + ".journal"]);
        Finish(folder);
    }

    [Test]
    public void Open_AfterAKillBetweenTheRenames_HasEverythingComplete()
    {
        using TestFolder folder = new();
        folder.Write("out/config.json", "old");
        Prepare(folder);
        File.Move(folder[Partial, "journal.jsonl"], folder[Partial + ".journal"]);
        Directory.Move(folder["out"], folder[Old]);
        Finish(folder);
    }

    [Test]
    public void Open_AfterAKillBehindTheRenames_FindsTheOutput_AndTidiesUp()
    {
        using TestFolder folder = new();
        folder.Write("out/config.json", "old");
        Prepare(folder);
        File.Move(folder[Partial, "journal.jsonl"], folder[Partial + ".journal"]);
        Directory.Move(folder["out"], folder[Old]);
        Directory.Move(folder[Partial], folder["out"]);
        folder.Write(Partial + ".lock", "");
        Assert.That(() => StagedCheckpointTests.Open(folder), CheckpointTests.Fails(CheckpointError.OutputNotEmpty));
        Assert.That(Entries(folder), Is.EqualTo(["out"]));
        StagedCheckpointTests.AssertValues(folder["out"]);
    }

    [Test]
    public void Open_WithoutAnOutput_KeepsTheOldOneThatWasMovedAside()
    {
        using TestFolder folder = new();
        folder.Write(Old + "/config.json", "old");
        using StagedCheckpoint staged = StagedCheckpointTests.Open(folder);
        Assert.That(File.ReadAllText(folder[Old, "config.json"]), Is.EqualTo("old"));
    }

    [Test]
    public void Open_WhileAnotherRunWrites_IsOutputInUse()
    {
        using TestFolder folder = new();
        using (StagedCheckpointTests.Open(folder))
        {
            Assert.That(() => StagedCheckpointTests.Open(folder), CheckpointTests.Fails(CheckpointError.OutputInUse));
        }

        Assert.That(() => StagedCheckpointTests.Open(folder).Dispose(), Throws.Nothing);
        Assert.That(Entries(folder), Is.EqualTo([Partial]));
    }

    [Test]
    public void Open_BelowAFile_IsOutputReadOnly()
    {
        using TestFolder folder = new();
        folder.Write("file", "x");
        Assert.That(
            () => StagedCheckpoint.Open(folder["file", "out"], "abc", []),
            CheckpointTests.Fails(CheckpointError.OutputReadOnly));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void Open_BelowAFolderWithoutPermission_IsOutputReadOnly()
    {
        Assume.That(Environment.IsPrivilegedProcess, Is.False, "root may write everywhere");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using TestFolder folder = new();
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.That(() => StagedCheckpointTests.Open(folder), CheckpointTests.Fails(CheckpointError.OutputReadOnly));
        }
        finally
        {
            File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Test]
    public void Open_WithTooLittleSpace_IsDiskFull_BeforeAnythingIsWritten()
    {
        using TestFolder folder = new();
        CheckpointException e = Assert.Throws<CheckpointException>(() => StagedCheckpointTests.Open(folder, Overwriting with { AvailableBytes = _ => 100 }))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Error, Is.EqualTo(CheckpointError.DiskFull));
            Assert.That(e.BytesNeeded, Is.GreaterThan(100));
            Assert.That(e.File, Is.EqualTo(folder["out"]));
            Assert.That(Entries(folder), Is.Empty);
        }
    }

    [Test]
    public void Open_Resumed_NeedsOnlyTheSpaceOfWhatIsMissing()
    {
        using TestFolder folder = new();
        long total = Prepare(folder);
        using StagedCheckpoint resumed = StagedCheckpointTests.Open(folder, Overwriting with { AvailableBytes = _ => total - 44 });
        Assert.That(resumed.IsResumed, Is.True);
    }

    [Test]
    [Platform("Linux")]
    public void AvailableBytes_ByDefault_IsThatOfTheFolder()
    {
        using TestFolder folder = new();
        Assert.That(new StagedCheckpointOptions().AvailableBytes(folder.Path), Is.GreaterThan(0));
    }

    private static long Prepare(TestFolder folder)
    {
        using StagedCheckpoint staged = StagedCheckpointTests.Open(folder, Overwriting);
        StagedCheckpointTests.WriteAll(staged);
        staged.WriteText("model.safetensors.index.txt", "stays");
        return staged.TotalBytes;
    }

    private static void Finish(TestFolder folder)
    {
        using (StagedCheckpoint resumed = StagedCheckpointTests.Open(folder, Overwriting))
        {
            Assert.That(resumed.IsResumed && resumed.IsComplete("a") && resumed.IsComplete("d"), Is.True);
            Assert.That(resumed.Note("d"), Is.EqualTo("note\nof d"));
            resumed.Commit();
        }

        Assert.That(Entries(folder), Is.EqualTo(["out"]));
        Assert.That(File.Exists(folder["out", "config.json"]), Is.False);
        StagedCheckpointTests.AssertValues(folder["out"]);
    }

    private static void Commit(TestFolder folder, StagedCheckpointOptions options)
    {
        using StagedCheckpoint staged = StagedCheckpointTests.Open(folder, options);
        StagedCheckpointTests.WriteAll(staged);
        staged.Commit();
    }

    private static string?[] Entries(TestFolder folder) => [.. Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)];
}
