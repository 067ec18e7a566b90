using System.Diagnostics;
using System.Globalization;
using ModelAggregation.Zoo;

namespace ModelAggregation.Tests.Zoo;

/// <summary>What a comparison takes, in a process of its own: models that are never in memory must not get there.</summary>
[Platform("Linux,Win")]
public sealed class SimilarityMemoryTests
{
    private const int Models = 8;
    private const int WorkingMemory = 4 << 20;

    // Tiles and inner products of columns, each below the working memory, and what collections leave behind in between.
    private const long Bound = (2 * WorkingMemory) + (12 << 20);

    // Two tensors of 32 MiB each in all of eight models: 512 MiB are read, columns in groups once more.
    [TestCase(SimilarityMeasure.PerTensor)]
    [TestCase(SimilarityMeasure.PerColumn)]
    [CancelAfter(120_000)]
    public async Task ModelsLargerThanTheBound_AreComparedInTiles(SimilarityMeasure measure, CancellationToken cancellationToken)
    {
        const int rows = 1 << 15;
        const int columns = 1 << 9;
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "ModelAggregation.KillHost.dll"), "similarity", measure.ToString(), $"{Models}", $"{rows}", $"{columns}", $"{WorkingMemory}" },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        string[] words = output.Split(' ', StringSplitOptions.TrimEntries);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(2L * rows * columns * sizeof(ushort), Is.GreaterThan(Bound), "bytes of one model");
            Assert.That(long.Parse(words[0], CultureInfo.InvariantCulture), Is.LessThan(Bound), "bytes by which the peak has risen");
            Assert.That(double.Parse(words[1], CultureInfo.InvariantCulture), Is.InRange(0.9, 1.0));
        }
    }
}
