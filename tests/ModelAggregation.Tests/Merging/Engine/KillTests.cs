using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Safetensors;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>Kills a merging process at random moments and continues, again and again. MERGE_KILL_MEGABYTES and MERGE_KILL_COUNT make it longer.</summary>
[NonParallelizable]
public sealed class KillTests
{
    private const int TensorCount = 24;
    private const int TensorsPerShard = 5;

    private static readonly int Megabytes = Setting("MERGE_KILL_MEGABYTES", 48);
    private static readonly int KillCount = Setting("MERGE_KILL_COUNT", 4);

    [Test, CancelAfter(3_600_000)]
    public void AKilledMerge_IsContinued_ToTheSameBytes(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        int length = (int)((long)Megabytes * 1_000_000 / TensorCount / 2);
        foreach ((string name, int seed) in (ReadOnlySpan<(string, int)>)[("base", 1), ("a", 2), ("b", 3)])
        {
            WriteModel(folder[name], seed, length);
        }

        MergeRecipe recipe = MergeRecipe.With("ties").Base(folder["base"])
            .Model(folder["a"], weight: 1, density: 0.3).Model(folder["b"], weight: 0.5, density: 0.6).Build();
        File.WriteAllText(folder["recipe.yml"], recipe.ToYaml());
        long shard = 2L * length * TensorsPerShard;
        new ModelMerger().Merge(recipe, folder["fresh"], new MergeOptions { ShardSize = shard }, cancellationToken: cancellationToken);
        Dictionary<string, string> expected = Hash(folder["fresh"]);
        Directory.Delete(folder["fresh"], recursive: true);

        Random random = new(5);
        int kills = 0;
        int resumed = 0;
        int complete = 0;
        int first = 0;
        while (kills < KillCount)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A tensor or two further than last time, and somewhere within the next; from time to time as far as the commit.
            int stop = random.Next(8) == 0 ? TensorCount : Math.Min(TensorCount, first + random.Next(4));
            (bool wasKilled, bool isContinued) = Run(folder, shard, stop, TimeSpan.FromMilliseconds(random.NextDouble() * Math.Max(5, Megabytes / 4.0)));
            kills += wasKilled ? 1 : 0;
            resumed += isContinued ? 1 : 0;
            first = stop;
            if (Directory.Exists(folder["out"]))
            {
                // It was quicker than the kill: what has the final name is complete. Begin again.
                AssertComplete(folder, expected);
                complete++;
                first = 0;
                Directory.Delete(folder["out"], recursive: true);
            }
        }

        (bool isKilled, _) = Run(folder, shard, int.MaxValue, TimeSpan.Zero);
        AssertComplete(folder, expected);
        TestContext.Out.WriteLine($"{kills} kills of a merge of {Megabytes} MB, {resumed} continued runs, {complete + 1} complete outputs");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(isKilled, Is.False);
            Assert.That(kills, Is.EqualTo(KillCount));
            Assert.That(resumed, Is.GreaterThan(0));
            Assert.That(Directory.GetFileSystemEntries(folder.Path, "out*").Select(Path.GetFileName), Is.EqualTo((string[])["out"]), "nothing is left beside it");
        }
    }

    [Test, CancelAfter(600_000)]
    public void AKilledPipeline_IsContinued_ToTheSameBytes()
    {
        const int Length = 100_000;
        using TestFolder folder = new();
        WriteModel(folder["a"], 2, Length);
        WriteModel(folder["b"], 3, Length);
        MergePipeline pipeline = MergePipeline
            .First("mean", MergeRecipe.With("linear").Model(folder["a"], weight: 1).Model(folder["b"], weight: 2).Build())
            .Finally(MergeRecipe.With("ties").Base("mean").Model(folder["a"], weight: 1, density: 0.3).Build());
        File.WriteAllText(folder["recipe.yml"], pipeline.ToYaml());
        const long Shard = 2L * Length * TensorsPerShard;
        new ModelMerger().Merge(pipeline, folder["fresh"], new MergeOptions { ShardSize = Shard });
        Dictionary<string, string> expected = Hash(folder["fresh"]);
        Directory.Delete(folder["fresh"], recursive: true);
        Directory.Delete(folder["fresh.stages"], recursive: true);

        // Twice in the first stage, between the two, twice in the second: tensors are counted from the start of each run.
        int kills = ((int[])[4, 9, TensorCount, 5, 9]).Count(stop => Run(folder, Shard, stop, TimeSpan.Zero).WasKilled);
        (bool isKilled, _) = Run(folder, Shard, int.MaxValue, TimeSpan.Zero);

        AssertComplete(folder, expected);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((kills, isKilled), Is.EqualTo((5, false)));
            Assert.That(Directory.GetFileSystemEntries(folder.Path, "out*").Select(Path.GetFileName), Is.EquivalentTo((string[])["out", "out.stages"]));
            Assert.That(Directory.GetFileSystemEntries(folder["out.stages"]).Select(Path.GetFileName), Is.EqualTo((string[])["mean"]));
        }
    }

    /// <summary>Runs the host until it has completed so many tensors and a moment more, then kills it.</summary>
    private static (bool WasKilled, bool IsContinued) Run(TestFolder folder, long shard, int stop, TimeSpan moment)
    {
        string host = Path.Combine(AppContext.BaseDirectory, "ModelAggregation.KillHost.dll");
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", host, folder["recipe.yml"], folder["out"], shard.ToString(CultureInfo.InvariantCulture) },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            int done = -1;
            bool isContinued = false;
            string? line = null;
            while (done < stop && (line = process.StandardOutput.ReadLine()) is not null)
            {
                string[] words = line.Split(' ');
                int number = int.Parse(words[1], CultureInfo.InvariantCulture);
                if (words[0] is "resumed")
                {
                    isContinued = number > 0;
                    continue;
                }

                // A run from the start says 0 or 1 first.
                isContinued |= done < 0 && number > 1;
                done = number;
            }

            if (line is not null && !process.WaitForExit(moment))
            {
                process.Kill();
                process.WaitForExit();
                // It may have come to its end in between; anything but that and the kill is a crash.
                Assert.That(process.ExitCode, Is.EqualTo(0).Or.EqualTo(OperatingSystem.IsWindows() ? -1 : 128 + 9), errors.Result);
                return (process.ExitCode != 0, isContinued);
            }

            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, errors.Result);
            return (false, isContinued);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static void AssertComplete(TestFolder folder, Dictionary<string, string> expected) =>
        Assert.That(Hash(folder["out"]), Is.EqualTo(expected), "other files than of an uninterrupted run");

    private static Dictionary<string, string> Hash(string folder) => Directory.GetFiles(folder).ToDictionary(
        path => Path.GetFileName(path),
        path =>
        {
            using FileStream stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        },
        StringComparer.Ordinal);

    private static void WriteModel(string folder, int seed, int length)
    {
        Directory.CreateDirectory(folder);
        Random random = new(seed);
        ushort[] values = new ushort[length];
        for (int shard = 0; shard * TensorsPerShard < TensorCount; shard++)
        {
            int count = Math.Min(TensorsPerShard, TensorCount - (shard * TensorsPerShard));
            TensorInfo[] tensors = [.. Enumerable.Range(shard * TensorsPerShard, count).Select(index =>
                new TensorInfo($"model.layers.{index}.weight", DataType.BF16, new TensorShape(length)))];
            using SafetensorsFileWriter writer = SafetensorsFileWriter.Create(Path.Combine(folder, $"model-{shard}.safetensors"), SafetensorsHeader.Create(tensors));
            foreach (TensorInfo tensor in tensors)
            {
                random.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
                for (int i = 0; i < values.Length; i++)
                {
                    // Any sign and mantissa, magnitudes from 2⁻⁷ to 2.
                    values[i] = (ushort)((values[i] & 0x83FF) | 0x3C00);
                }

                writer.GetSink(tensor.Name).Write(0, MemoryMarshal.AsBytes(values.AsSpan()));
            }
        }
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
