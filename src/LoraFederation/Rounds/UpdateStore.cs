using Microsoft.Win32.SafeHandles;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;

namespace LoraFederation.Rounds;

/// <summary>Takes updates into the run's folder, each in full or not at all, and durably: the journal may say so afterwards.</summary>
internal sealed class UpdateStore(RunFolder folder, TensorDevice device, UpdateLimits limits)
{
    private const string PartialSuffix = ".partial";

    private static readonly string[] FileNames = ["adapter_config.json", "adapter_model.safetensors"];

    /// <summary>Stores an update.</summary>
    /// <returns>What is wrong with it, when it is not taken.</returns>
    public FederationProblem? Store(TrainingTask task, TrainedUpdate update, CancellationToken cancellationToken)
    {
        string target = folder.Update(task.Round, task.ClientId);
        if (Directory.Exists(target))
        {
            // Of an attempt that was stored but not recorded.
            Directory.Delete(target, recursive: true);
        }

        Directory.CreateDirectory(folder.Updates(task.Round));
        return update.Folder is { } source ? Copy(task.ClientId, source, target) : Save(task.ClientId, update.Adapter!, target, cancellationToken);
    }

    /// <summary>Deletes what attempts that led to nothing left in a round's folder, be it of updates or of aggregates.</summary>
    /// <param name="round">The round.</param>
    /// <param name="stored">The clients whose updates stay.</param>
    public void Clean(int round, IEnumerable<string> stored)
    {
        HashSet<string> kept = new(stored.Select(client => folder.Update(round, client)), StringComparer.Ordinal) { folder.Updates(round) };

        // What a trainer works in that was left behind when its time was over is its own, as long as it may be writing there.
        if (Directory.Exists(folder.Work(round)) && Directory.EnumerateFileSystemEntries(folder.Work(round)).Any())
        {
            kept.Add(folder.Work(round));
        }

        foreach (string parent in (string[])[folder.Updates(round), folder.Round(round)])
        {
            foreach (string path in Directory.Exists(parent) ? Directory.GetFileSystemEntries(parent) : [])
            {
                if (File.Exists(path))
                {
                    File.Delete(path);
                }
                else if (!kept.Contains(path))
                {
                    Directory.Delete(path, recursive: true);
                }
            }
        }
    }

    private FederationProblem? Copy(string client, string source, string target)
    {
        string? missing = Array.Find(FileNames, name => !File.Exists(Path.Combine(source, name)));
        if (missing is not null)
        {
            return new FederationProblem(
                FederationError.Unreadable, $"Client '{client}' left no {missing}: an update is a folder of {string.Join(" and ", FileNames)}.", client);
        }

        if (CheckLength(client, FileNames.Sum(name => Length(Path.Combine(source, name)))) is { } problem)
        {
            return problem;
        }

        string partial = target + PartialSuffix;
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        foreach (string name in FileNames)
        {
            DurableFile.Copy(Path.Combine(source, name), Path.Combine(partial, name));
        }

        Directory.Move(partial, target);
        DirectoryFlush.Flush(Path.GetDirectoryName(target)!);
        return null;
    }

    private FederationProblem? Save(string client, LoraAdapter adapter, string target, CancellationToken cancellationToken)
    {
        long length = adapter.Modules.Sum(module => module.A.ByteLength + module.B.ByteLength + (module.Bias?.ByteLength ?? 0))
            + adapter.WholeTensors.Values.Sum(source => source.ByteLength);
        if (CheckLength(client, length) is { } problem)
        {
            return problem;
        }

        try
        {
            adapter.Save(target, device, cancellationToken: cancellationToken);
            return null;
        }
        catch (ModelDataException e) when (e is not CheckpointException)
        {
            return new FederationProblem(FederationError.Unreadable, $"The update of client '{client}' cannot be read in full: {e.Message}", client);
        }
    }

    // Of what a link leads to, not of the link.
    private static long Length(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        return RandomAccess.GetLength(file);
    }

    private FederationProblem? CheckLength(string client, long length) => length > limits.MaxBytes
        ? new FederationProblem(FederationError.OverLimit, $"The update of client '{client}' has {length} bytes; at most {limits.MaxBytes} are taken.", client)
        : null;
}
