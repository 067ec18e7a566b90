using System.Diagnostics;
using System.Globalization;
using ModelAggregation.Glue;

namespace ModelAggregation.Tests.Glue;

/// <summary>Kills the process of a pipeline at all its stages and goes on. GLUE_KILL_STEP makes it denser.</summary>
[NonParallelizable]
public sealed class GlueKillTests
{
    private static readonly int Step = Environment.GetEnvironmentVariable("GLUE_KILL_STEP") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 16;

    [Test, CancelAfter(600_000)]
    public async Task AKilledPipeline_GoesOn_ToTheSameBytes(CancellationToken cancellationToken)
    {
        using GlueRig rig = new();
        GlueRecipe recipe = rig.Recipe with { Threads = 1 };
        File.WriteAllText(rig.Folder["whole.yml"], (recipe with { Output = "whole" }).ToYaml());
        (int lines, int evaluated, _) = await RunAsync(rig.Folder["whole.yml"], int.MaxValue, cancellationToken);
        Dictionary<string, string> expected = Artefacts(rig, "whole");

        int kills = 0;
        HashSet<string> stages = [];
        for (int stop = 1; stop < lines; stop += Step)
        {
            // Each begins where the one before was killed, and is killed a little further on: the first run's lines are the most that there are.
            string output = $"killed-{stop}";
            File.WriteAllText(rig.Folder["killed.yml"], (recipe with { Output = output }).ToYaml());
            (int first, _, string? stage) = await RunAsync(rig.Folder["killed.yml"], stop, cancellationToken);
            stages.Add(stage ?? string.Empty);
            (_, int second, _) = await RunAsync(rig.Folder["killed.yml"], Step / 2, cancellationToken);
            (int last, int rest, _) = await RunAsync(rig.Folder["killed.yml"], int.MaxValue, cancellationToken);
            kills += first >= 0 ? 1 : 0;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(last, Is.Positive, $"killed at {stop}");
                Assert.That(rest, Is.LessThanOrEqualTo(evaluated), $"killed at {stop}");
                Assert.That(second, Is.LessThanOrEqualTo(evaluated), $"killed at {stop}");
                Assert.That(Artefacts(rig, output), Is.EqualTo(expected), $"killed at {stop}");
                Assert.That((await rig.Glue.RunAsync(recipe with { Output = output }, cancellationToken: cancellationToken)).Evaluated, Is.Zero, $"killed at {stop}");
            }
        }

        TestContext.Out.WriteLine($"{kills} kills of {lines} lines, in {string.Join(", ", stages.Order(StringComparer.Ordinal))}");
        Assert.That(stages, Is.SupersetOf((string[])["Cluster", "Search", "Score"]));
    }

    // The recipe, with the name of its output, is in these.
    private static Dictionary<string, string> Artefacts(GlueRig rig, string output)
    {
        Dictionary<string, string> files = rig.Hash(output);
        files.Remove("manifest.json");
        files.Remove("report.html");
        return files;
    }

    /// <summary>Runs the host until it has written so many lines, then kills it.</summary>
    private static async Task<(int Lines, int Evaluated, string? Stage)> RunAsync(string recipe, int stop, CancellationToken cancellationToken)
    {
        string host = Path.Combine(AppContext.BaseDirectory, "ModelAggregation.KillHost.dll");
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", host, recipe },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        int lines = 0;
        int evaluated = 0;
        string? stage = null;
        try
        {
            while (lines < stop && await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                lines++;
                string[] words = line.Split(' ');
                stage = words[0] is "done" ? words[2] : stage;
                evaluated = words[0] is "evaluated" ? int.Parse(words[1], CultureInfo.InvariantCulture) : evaluated;
            }

            if (lines >= stop)
            {
                process.Kill();
            }

            await process.WaitForExitAsync(cancellationToken);

            // It may have come to its end in between; anything but that and the kill is a crash.
            Assert.That(process.ExitCode, Is.EqualTo(0).Or.EqualTo(OperatingSystem.IsWindows() ? -1 : 128 + 9), await errors);
            return (lines, evaluated, stage);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
