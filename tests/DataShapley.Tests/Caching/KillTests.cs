using System.Diagnostics;
using System.Globalization;
using ModelSdk.Testing;

namespace DataShapley.Tests.Caching;

/// <summary>Kills a valuing process at random moments and goes on, again and again.</summary>
public sealed class KillTests
{
    private const int Players = 8;
    private const int Kills = 6;

    [Test, CancelAfter(120_000)]
    public void AKilledRun_GoesOn_ToTheSameBits_AndLosesNoMoreThanWasUnderWay([Values(1, 4)] int workers, [Values("exact", "permutation")] string estimator, CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        string expected = Run(folder, "fresh", workers, estimator, stop: int.MaxValue, cancellationToken)!;
        Random random = new(workers);
        int kills = 0;
        for (int i = 0; i < Kills; i++)
        {
            kills += Run(folder, "killed", workers, estimator, stop: random.Next(1, (1 << Players) / (Kills + 2)), cancellationToken) is null ? 1 : 0;
        }

        string values = Run(folder, "killed", workers, estimator, stop: int.MaxValue, cancellationToken)!;
        string[] evaluated = File.ReadAllLines(folder["killed.log"]);
        int twice = evaluated.Length - evaluated.Distinct(StringComparer.Ordinal).Count();
        TestContext.Out.WriteLine($"{kills} kills, {twice} coalitions evaluated twice");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kills, Is.EqualTo(Kills));
            Assert.That(values, Is.EqualTo(expected));
            Assert.That(evaluated.Distinct(StringComparer.Ordinal).Count(), Is.EqualTo(File.ReadAllLines(folder["fresh.log"]).Length));
            Assert.That(twice, Is.LessThanOrEqualTo(kills * workers));
        }
    }

    /// <summary>Runs the host until it has begun so many evaluations, then kills it.</summary>
    /// <returns>The values, or null where it was killed.</returns>
    private static string? Run(TestFolder folder, string name, int workers, string estimator, int stop, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList =
            {
                "exec", Path.Combine(AppContext.BaseDirectory, "DataShapley.KillHost.dll"), folder[$"{name}.journal"], folder[$"{name}.log"],
                Players.ToString(CultureInfo.InvariantCulture), workers.ToString(CultureInfo.InvariantCulture), estimator,
            },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration registration = cancellationToken.Register(process.Kill);
        string? line = null;
        for (int begun = 0; begun < stop && (line = process.StandardOutput.ReadLine()) is not null;)
        {
            if (line.StartsWith("values", StringComparison.Ordinal))
            {
                process.WaitForExit();
                return line;
            }

            begun++;
        }

        process.Kill();
        process.WaitForExit();
        Assert.That(line, Is.Not.Null, "it ended by itself and without values");
        return null;
    }
}
