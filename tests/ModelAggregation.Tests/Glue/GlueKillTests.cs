using System.Diagnostics;
using System.Globalization;
using ModelAggregation.Glue;
using ModelAggregation.Mixture;

namespace ModelAggregation.Tests.Glue;

/// <summary>Kills the process of a pipeline at all its stages and goes on. GLUE_KILL_STEP makes it denser.</summary>
[NonParallelizable]
public sealed class GlueKillTests
{
    private static readonly int Step = Environment.GetEnvironmentVariable("GLUE_KILL_STEP") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 32;

    private static readonly string[] Stages = ["Search", "Merge", "Mix", "Score"];

    [Test, CancelAfter(600_000)]
    public async Task AKilledPipeline_GoesOn_ToTheSameBytes(CancellationToken cancellationToken)
    {
        using GlueRig rig = new();
        rig.MakeLlamas();
        GlueRecipe recipe = rig.Recipe with { Threads = 1, Mixtures = [new GlueMixture(GlueMixtureLevel.FeedForward) { GateMode = GateMode.Random }] };
        File.WriteAllText(rig.Folder["whole.yml"], (recipe with { Output = "whole" }).ToYaml());
        Attempt whole = await RunAsync(rig.Folder["whole.yml"], last: null, int.MaxValue, cancellationToken);
        Dictionary<string, string> expected = Artefacts(rig, "whole");
        Assert.That(expected.Keys, Has.Some.StartsWith(Path.Combine("mixture", "ffn-a-bad")));

        HashSet<string> stages = [];
        int kills = 0;
        foreach (int stop in Stops(whole))
        {
            // It is killed where it stands still at a line, then wherever it is some lines after where it went on.
            string output = $"killed-{stop}";
            File.WriteAllText(rig.Folder["killed.yml"], (recipe with { Output = output }).ToYaml());
            Attempt first = await RunAsync(rig.Folder["killed.yml"], stop, stop, cancellationToken);
            Attempt second = await RunAsync(rig.Folder["killed.yml"], last: null, Step / 2, cancellationToken);
            Attempt rest = await RunAsync(rig.Folder["killed.yml"], last: null, int.MaxValue, cancellationToken);
            int killed = (first.IsKilled ? 1 : 0) + (second.IsKilled ? 1 : 0);
            kills += killed;
            stages.Add(first.Stage);
            using (Assert.EnterMultipleScope())
            {
                Assert.That((first.IsKilled, first.Lines, rest.IsKilled), Is.EqualTo((true, stop, false)), $"killed at {stop}");

                // An evaluation under way is lost with each kill, and none that was done.
                Assert.That(first.Asked + second.Asked + rest.Asked, Is.InRange(whole.Asked, whole.Asked + killed), $"killed at {stop}");
                Assert.That(Artefacts(rig, output), Is.EqualTo(expected), $"killed at {stop}");
                Assert.That((await rig.Glue.RunAsync(recipe with { Output = output }, cancellationToken: cancellationToken)).Evaluated, Is.Zero, $"killed at {stop}");
            }
        }

        TestContext.Out.WriteLine($"{kills} kills of {whole.Lines} lines, in {string.Join(", ", stages.Order(StringComparer.Ordinal))}");
        Assert.That(stages, Is.SupersetOf(Stages));
    }

    // At regular steps, and in the middle of each stage, however short.
    private static IEnumerable<int> Stops(Attempt whole) => Enumerable.Range(0, (whole.Lines / Step) + 1).Select(index => 1 + (index * Step))
        .Concat(Stages.Select(stage =>
        {
            int[] lines = [.. Enumerable.Range(0, whole.Lines).Where(line => string.Equals(whole.StagesOfLines[line], stage, StringComparison.Ordinal))];
            return lines[lines.Length / 2] + 1;
        }))
        .Where(stop => stop < whole.Lines).Distinct().Order();

    // The recipe, with the name of its output, is in these.
    private static Dictionary<string, string> Artefacts(GlueRig rig, string output)
    {
        Dictionary<string, string> files = rig.Hash(output);
        files.Remove("manifest.json");
        files.Remove("report.html");
        return files;
    }

    /// <summary>Runs the host until it has written so many lines, then kills it; what it has written until it is dead counts.</summary>
    private static async Task<Attempt> RunAsync(string recipe, int? last, int stop, CancellationToken cancellationToken)
    {
        string host = Path.Combine(AppContext.BaseDirectory, "ModelAggregation.KillHost.dll");
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", host, recipe },
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (last is { } line)
        {
            start.ArgumentList.Add(line.ToString(CultureInfo.InvariantCulture));
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        List<string> stages = [];
        int asked = 0;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } text)
            {
                string[] words = text.Split(' ');
                stages.Add(words[0] is "done" ? words[2] : stages.LastOrDefault(string.Empty));
                asked += words[0] is "asked" ? 1 : 0;
                if (stages.Count == stop)
                {
                    process.Kill();
                }
            }

            await process.WaitForExitAsync(cancellationToken);

            // It may have come to its end in between; anything but that and the kill is a crash.
            Assert.That(process.ExitCode, Is.EqualTo(0).Or.EqualTo(OperatingSystem.IsWindows() ? -1 : 128 + 9), await errors);
            return new Attempt(stages, asked, process.ExitCode != 0);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>What the host wrote: the stage at each line, and how often a model was to be evaluated.</summary>
    private sealed record Attempt(IReadOnlyList<string> StagesOfLines, int Asked, bool IsKilled)
    {
        public int Lines => StagesOfLines.Count;

        public string Stage => StagesOfLines[^1];
    }
}
