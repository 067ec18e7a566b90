using System.Diagnostics;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>A disk that fills up in the middle of a merge, because another program writes to it: a small file system of the merging process's own.</summary>
[Platform("Linux")]
public sealed class DiskFullTests
{
    // The file system is gone with the last process in its namespace: everything that needs it is in one script.
    // It is as large as the output and a little, so that the merge may begin.
    private const string Script = """
        mount -t tmpfs -o size="$1" tmpfs "$2" || exit 77
        out="$2/out"
        shift 2
        "$@" recipe.yml "$out" 3000000 "${out%/out}/filler" > first.txt
        echo "first $?"
        [ -e "$out" ] && echo "there is an output"
        rm "${out%/out}/filler"
        "$@" recipe.yml "$out" 3000000 > second.txt
        echo "second $?"
        ls -A "${out%/out}"
        cp -R "$out" copy
        """;

    [Test, CancelAfter(120_000)]
    public void ADiskThatFillsUp_IsOneTypedError_AndTheMergeIsContinuedOnceThereIsSpace(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        WriteModels(folder);
        MergeRecipe recipe = Ties(folder);
        File.WriteAllText(folder["recipe.yml"], recipe.ToYaml());
        MergeReport report = new ModelMerger().Merge(recipe, folder["fresh"], new MergeOptions { ShardSize = 3_000_000 }, cancellationToken: cancellationToken);
        Directory.CreateDirectory(folder["disk"]);

        (int code, string output, string error) = RunOnSmallDisk(folder, report.OutputBytes + (2 << 20));
        if (code == 77)
        {
            Assert.Ignore($"A file system of the test's own needs the right to mount one: {error}");
        }

        string full = File.ReadAllText(folder["first.txt"]);
        string[] second = File.ReadAllLines(folder["second.txt"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo((string[])["first 3", "second 0", "out"]), error);
            Assert.That(full, Does.StartWith("full ").And.Contain("layers.").And.Contain("Free space").And.Contain("out.partial-"));
            Assert.That(second[^1], Is.EqualTo("resumed 2"));
            Assert.That(Files(folder["copy"]), Is.EqualTo(Files(folder["fresh"])));
        }
    }

    private static (int Code, string Output, string Error) RunOnSmallDisk(TestFolder folder, long size)
    {
        // Without the right to mount, a namespace of users of one's own may give it.
        (int Code, string Output, string Error) result = default;
        foreach (string[] rights in (string[][])[[], ["--map-root-user"]])
        {
            ProcessStartInfo start = new("unshare")
            {
                WorkingDirectory = folder.Path,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            string[] host = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "ModelAggregation.KillHost.dll")];
            foreach (string argument in (string[])["--mount", .. rights, "sh", "-c", Script, "sh", $"{size}", folder["disk"], .. host])
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();

            // unshare itself ends with 1 when it may not.
            result = (output.Length == 0 && process.ExitCode == 1 ? 77 : process.ExitCode, output, errors.GetAwaiter().GetResult());
            if (result.Code != 77)
            {
                break;
            }
        }

        return result;
    }

    private static Dictionary<string, byte[]> Files(string folder) =>
        Directory.GetFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes, StringComparer.Ordinal);
}
