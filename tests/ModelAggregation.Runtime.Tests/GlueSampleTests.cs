using System.Text.Json.Nodes;

namespace ModelAggregation.Runtime.Tests;

/// <summary>The sample of Model-GLUE on the zoo that it ships with, each run a process of its own.</summary>
public sealed class GlueSampleTests
{
    private static string _folder = string.Empty;
    private static string _whole = string.Empty;
    private static (int Code, string Output) _run;

    private static string Output => Path.Combine(_folder, "out");

    [OneTimeSetUp]
    public static void RunOnce()
    {
        _folder = Directory.CreateTempSubdirectory("glue-").FullName;
        _whole = Path.Combine(_folder, "whole");
        _run = SampleProcess.Run("--quick", "--work", Output);

        // The manifest and the report name the folder: another run to compare with has the same.
        Directory.Move(Output, _whole);
    }

    [OneTimeTearDown]
    public static void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void AQuickRun_FindsBothFamilies_AndBeatsTheBestSingleModel()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_run.Code, Is.Zero, _run.Output);
            Assert.That(_run.Output, Does.Contain("a-add, a-base, a-harmful, a-reverse, a-sort").And.Contain("b-add, b-base, b-reverse").And.Contain("the best single model by the proxy set: +0."));
            Assert.That(File.ReadAllText(Path.Combine(_whole, "report.html")), Does.Contain("no evidence of what merging or mixing large language models would gain"));
        }
    }

    [Test]
    public void EveryScore_IsDerivedAgain_ByAnotherProcess()
    {
        (int code, string output) = SampleProcess.Run("--quick", "--verify", "--work", _whole);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, output);
            Assert.That(output, Does.Contain("all as recorded, to the bit"));
        }
    }

    [Test]
    public void AScoreThatIsNotThatOfItsModel_IsFound()
    {
        string copy = Copy(_whole, Path.Combine(_folder, "altered"));
        string path = Path.Combine(copy, "scores.json");
        JsonNode scores = JsonNode.Parse(File.ReadAllText(path))!;
        JsonNode entry = scores["models"]!.AsArray().First(model => model!["name"]!.GetValue<string>() is "a-harmful")!["holdOut"]![0]!;
        entry["value"] = entry["value"]!.GetValue<double>() + 0.05;
        File.WriteAllText(path, scores.ToJsonString());

        (int code, string output) = SampleProcess.Run("--quick", "--verify", "--work", copy);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(1), output);
            Assert.That(output, Does.Contain("a-harmful, hold-out, task").And.Contain("scores.json"));
        }
    }

    [Test]
    public void AKilledRun_GoesOn_ToTheSameFiles_WithoutDoingAnythingTwice()
    {
        (string Stage, int Times)[] kills = [("Search", 6), ("Merge", 1), ("Mix", 3), ("Score", 6)];
        bool[] killed = [.. kills.Select(kill => SampleProcess.Kill(kill.Stage, kill.Times, "--quick", "--work", Output))];
        (int code, string output) = SampleProcess.Run("--quick", "--work", Output);

        string[] files = Files(_whole);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(killed, Is.All.True);
            Assert.That(code, Is.Zero, output);
            Assert.That(Files(Output), Is.EqualTo(files));
            foreach (string file in files)
            {
                // Journals are in the order of the work, and have each evaluation once.
                byte[] expected = File.ReadAllBytes(Path.Combine(_whole, file));
                byte[] found = File.ReadAllBytes(Path.Combine(Output, file));
                Assert.That(
                    file.EndsWith(".journal", StringComparison.Ordinal) ? found.AsSpan().Count((byte)'\n') == expected.AsSpan().Count((byte)'\n') : found.AsSpan().SequenceEqual(expected), Is.True, file);
            }
        }
    }

    private static string[] Files(string folder) => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    private static string Copy(string from, string to)
    {
        foreach (string file in Files(from))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, file))!);
            File.Copy(Path.Combine(from, file), Path.Combine(to, file));
        }

        return to;
    }
}
