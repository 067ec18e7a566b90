using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelTensors.Tests.Checkpoints;

public sealed class StagedCheckpointTests
{
    private const string Plan = "0123abcd";

    // Three shards of at most 16 bytes: a and b, c alone, d.
    private static readonly TensorInfo[] Tensors =
        [Info("a", 2), Info("b", 2), Info("c", 6), Info("d", 1)];

    private static readonly StagedCheckpointOptions Small = new() { ShardSize = 16, FlushBytes = 0 };

    [Test]
    public void Commit_GivesShardsIndexAndFiles_AndNothingElse()
    {
        using TestFolder folder = new();
        folder.Write("tokenizer.json", "{}");
        using (StagedCheckpoint staged = Open(folder))
        {
            WriteAll(staged);
            staged.WriteText("config.json", """{"x":"é"}""");
            staged.CopyFile(folder["tokenizer.json"], "tokenizer.json");
            Assert.That(Directory.Exists(folder["out"]), Is.False);
            staged.Commit();
        }

        string[] expected =
        [
            "config.json", "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors", "model.safetensors.index.json", "tokenizer.json",
        ];
        JsonNode index = JsonNode.Parse(File.ReadAllText(folder["out", "model.safetensors.index.json"]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Directory.GetFileSystemEntries(folder["out"]).Select(Path.GetFileName), Is.EquivalentTo(expected));
            Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(["out", "tokenizer.json"]));
            Assert.That(index["metadata"]!["total_size"]!.GetValue<long>(), Is.EqualTo(44));
            Assert.That(index["weight_map"]!["c"]!.GetValue<string>(), Is.EqualTo("model-00002-of-00003.safetensors"));
            AssertValues(folder["out"]);
        }
    }

    [Test]
    public void Commit_OfOneShard_NeedsNoIndex()
    {
        using TestFolder folder = new();
        using (StagedCheckpoint staged = StagedCheckpoint.Open(folder["deep", "er", "out"], Plan, Tensors))
        {
            Assert.That(staged.IsResumed, Is.False);
            WriteAll(staged);
            staged.Commit();
        }

        Assert.That(Directory.GetFiles(folder["deep", "er", "out"]).Select(Path.GetFileName), Is.EqualTo(["model.safetensors"]));
        AssertValues(folder["deep", "er", "out"]);
    }

    [Test]
    public void Open_AfterAKillAtAnyPoint_ContinuesFromTheLastJournaledTensor([Values(0, 9, 1 << 20)] int flushBytes, [Range(0, 4)] int completed)
    {
        using TestFolder folder = new();
        StagedCheckpointOptions options = Small with { FlushBytes = flushBytes };
        using StagedCheckpoint killed = Open(folder, options);
        foreach (TensorInfo tensor in Tensors.Take(completed))
        {
            Write(killed, tensor);
        }

        // What the disk has at this moment, under another name: that is what a killed process leaves.
        TestFolder.Copy(killed.StagingFolder, folder["copy.partial-" + Plan]);
        int[] journaled = flushBytes switch { 0 => [0, 1, 2, 3, 4], 9 => [0, 0, 2, 3, 3], _ => [0, 0, 0, 0, 0] };
        using (StagedCheckpoint resumed = StagedCheckpoint.Open(folder["copy"], Plan, Tensors, options))
        {
            Assert.That(Tensors.TakeWhile(t => resumed.IsComplete(t.Name)).Count(), Is.EqualTo(journaled[completed]));
            Assert.That(Tensors.Count(t => resumed.IsComplete(t.Name)), Is.EqualTo(journaled[completed]));
            Assert.That(resumed.IsResumed, Is.EqualTo(journaled[completed] > 0));
            Assert.That(resumed.Note("a"), Is.EqualTo(journaled[completed] > 0 ? "note\nof a" : null));
            WriteAll(resumed);
            resumed.Commit();
        }

        AssertValues(folder["copy"]);
    }

    [Test]
    public void Open_WithATornJournal_RedoesOnlyWhatIsTorn_WhereverTheCut()
    {
        using TestFolder folder = new();
        using StagedCheckpoint killed = Open(folder);
        WriteAll(killed);
        byte[] journal = File.ReadAllBytes(Path.Combine(killed.StagingFolder, "journal.jsonl"));
        // Nothing at all, and for each line: in its first bytes, in its record, before and after its end.
        int[] ends = [.. Enumerable.Range(0, journal.Length).Where(i => journal[i] == (byte)'\n')];
        foreach (int cut in ends.SelectMany(end => new[] { end - 20, end, end + 1, end + 5 }).Append(0).Where(cut => cut <= journal.Length))
        {
            string name = $"cut{cut}";
            TestFolder.Copy(killed.StagingFolder, folder[$"{name}.partial-{Plan}"]);
            File.WriteAllBytes(folder[$"{name}.partial-{Plan}", "journal.jsonl"], journal[..cut]);
            int whole = Math.Max(0, journal.AsSpan(0, cut).Count((byte)'\n') - 1);
            using StagedCheckpoint resumed = StagedCheckpoint.Open(folder[name], Plan, Tensors, Small);
            Assert.That(Tensors.Count(t => resumed.IsComplete(t.Name)), Is.EqualTo(whole), name);
            // The torn line is gone: the next one is readable.
            WriteAll(resumed);
            Assert.That(File.ReadAllBytes(folder[$"{name}.partial-{Plan}", "journal.jsonl"]), Is.EqualTo(journal));
        }
    }

    [Test]
    public void Open_WithACorruptLine_RedoesEverythingFromItOn()
    {
        using TestFolder folder = new();
        using (StagedCheckpoint killed = Open(folder))
        {
            WriteAll(killed);
        }

        string path = folder["out.partial-" + Plan, "journal.jsonl"];
        string[] lines = File.ReadAllLines(path);
        lines[2] = lines[2].Replace("\"b\"", "\"d\"", StringComparison.Ordinal);
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        using StagedCheckpoint resumed = Open(folder);
        Assert.That(Tensors.Where(t => resumed.IsComplete(t.Name)).Select(t => t.Name), Is.EqualTo(["a"]));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Open_TakesOverWhatWasCompleted_OnlyWhenItMayContinue(bool mayContinue)
    {
        using TestFolder folder = new();
        using (StagedCheckpoint killed = Open(folder))
        {
            WriteAll(killed);
            killed.Flush();
        }

        using StagedCheckpoint next = StagedCheckpoint.Open(folder["out"], Plan, Tensors, Small with { Continue = mayContinue });

        Assert.That(Tensors.Select(tensor => next.IsComplete(tensor.Name)), Is.All.EqualTo(mayContinue));
    }

    [Test]
    public void Open_WithAnotherPlanOrLayout_StartsAfresh()
    {
        using TestFolder folder = new();
        using (StagedCheckpoint killed = Open(folder))
        {
            WriteAll(killed);
        }

        using (StagedCheckpoint other = StagedCheckpoint.Open(folder["out"], "other", Tensors, Small))
        {
            Assert.That(other.IsResumed, Is.False);
        }

        using StagedCheckpoint larger = StagedCheckpoint.Open(folder["out"], Plan, Tensors, Small with { ShardSize = 1000 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(larger.IsResumed, Is.False);
            Assert.That(Directory.GetFiles(larger.StagingFolder).Select(Path.GetFileName), Is.EquivalentTo(["model.safetensors", "journal.jsonl"]));
        }
    }

    [Test]
    public void Open_WithAShardThatWasDamaged_RedoesItsTensorsOnly()
    {
        using TestFolder folder = new();
        using (StagedCheckpoint killed = Open(folder))
        {
            WriteAll(killed);
        }

        File.Delete(folder["out.partial-" + Plan, "model-00001-of-00003.safetensors"]);
        File.WriteAllText(folder["out.partial-" + Plan, "model-00003-of-00003.safetensors"], "short");
        using (StagedCheckpoint resumed = Open(folder))
        {
            Assert.That(Tensors.Where(t => resumed.IsComplete(t.Name)).Select(t => t.Name), Is.EqualTo(["c"]));
            WriteAll(resumed);
            resumed.Commit();
        }

        AssertValues(folder["out"]);
    }

    [Test]
    public void Complete_FromManyThreads_LosesNothing()
    {
        using TestFolder folder = new();
        TensorInfo[] many = [.. Enumerable.Range(0, 200).Select(i => Info($"t{i}", 3))];
        StagedCheckpointOptions options = new() { ShardSize = 100, FlushBytes = 50 };
        using (StagedCheckpoint staged = StagedCheckpoint.Open(folder["out"], Plan, many, options))
        {
            Parallel.ForEach(many, tensor => Write(staged, tensor));
            TestFolder.Copy(staged.StagingFolder, folder["copy.partial-" + Plan]);
            staged.Commit();
        }

        using StagedCheckpoint resumed = StagedCheckpoint.Open(folder["copy"], Plan, many, options);
        Assert.That(many.Count(t => resumed.IsComplete(t.Name)), Is.GreaterThan(150));
        using Checkpoint checkpoint = Checkpoint.Open(folder["out"]);
        Assert.That(checkpoint.Names, Has.Count.EqualTo(200));
    }

    [Test]
    public void Misuse_IsRefused()
    {
        using TestFolder folder = new();
        using StagedCheckpoint staged = Open(folder);
        Write(staged, Tensors[0]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(staged.Commit, Throws.InvalidOperationException.With.Message.Contains("'b'"));
            Assert.That(() => staged.Complete("a"), Throws.InvalidOperationException);
            Assert.That(() => staged.Complete("x"), Throws.ArgumentException);
            Assert.That(() => staged.GetSink("x"), Throws.ArgumentException);
            Assert.That(() => staged.WriteText("../x", ""), Throws.ArgumentException);
            Assert.That(() => staged.WriteText("journal.jsonl", ""), Throws.ArgumentException);
            Assert.That(() => staged.WriteText("model.safetensors", ""), Throws.ArgumentException);
            Assert.That(() => StagedCheckpoint.Open(folder["x"], "../x", Tensors), Throws.ArgumentException);
            Assert.That(() => StagedCheckpoint.Open(folder["x"], Plan, [Tensors[0], Tensors[0]]), Throws.ArgumentException);
        }
    }

    internal static StagedCheckpoint Open(TestFolder folder, StagedCheckpointOptions? options = null) =>
        StagedCheckpoint.Open(folder["out"], Plan, Tensors, options ?? Small);

    internal static void WriteAll(StagedCheckpoint staged)
    {
        foreach (TensorInfo tensor in Tensors.Where(t => !staged.IsComplete(t.Name)))
        {
            Write(staged, tensor);
        }
    }

    internal static void AssertValues(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        Assert.That(checkpoint.Names, Is.EqualTo(Tensors.Select(t => t.Name)));
        foreach (TensorInfo tensor in Tensors)
        {
            Assert.That(checkpoint.TryGet(tensor.Name, out TensorSource? source) ? TestFile.Floats(source) : [], Is.EqualTo(Values(tensor)), tensor.Name);
        }
    }

    private static TensorInfo Info(string name, int count) => new(name, DataType.F32, new TensorShape(count));

    private static float[] Values(TensorInfo tensor) => [.. Enumerable.Range(0, (int)tensor.Shape.ElementCount).Select(i => tensor.Name[0] + (i / 4f))];

    private static void Write(StagedCheckpoint staged, TensorInfo tensor)
    {
        staged.GetSink(tensor.Name).Write(0, TestFile.F32(tensor.Name, Values(tensor)).Data);
        staged.Complete(tensor.Name, $"note\nof {tensor.Name}");
    }
}
