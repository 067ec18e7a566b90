namespace ModelTensors.Checkpoints;

/// <summary>The names that a staged output uses beside its folder, and what an earlier run may have left under them.</summary>
/// <param name="Output">The final folder.</param>
/// <param name="PlanHash">The hash that tells this output from others of the same name.</param>
internal sealed record StagingPaths(string Output, string PlanHash)
{
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    /// <summary>The folder in which the output is built.</summary>
    public string Staging { get; } = $"{Output}.partial-{PlanHash}";

    /// <summary>The journal while the output is built.</summary>
    public string Journal => Path.Combine(Staging, CheckpointJournal.FileName);

    /// <summary>The journal during the commit: outside, so that the folder is ready to be renamed and a killed commit can still be resumed.</summary>
    public string CommittingJournal => Staging + ".journal";

    /// <summary>The lock. Beside the folder rather than in it, so that it is held while the folder is renamed.</summary>
    public string Lock => Staging + ".lock";

    /// <summary>The output that was there before, between being moved aside and being deleted.</summary>
    public string Old { get; } = $"{Output}.old-{PlanHash}";

    public string Parent => Path.GetDirectoryName(Output)!;

    public static StagingPaths Of(string folder, string planHash)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(planHash);
        if (planHash.Length > 128 || !planHash.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ArgumentException("A plan's hash is at most 128 letters and digits.", nameof(planHash));
        }

        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetDirectoryName(output) is null
            ? throw new ArgumentException($"'{output}' is the root of a file system, not a folder for an output.", nameof(folder))
            : new StagingPaths(output, planHash);
    }

    /// <summary>Takes the lock; disposing it releases it.</summary>
    /// <exception cref="CheckpointException">Another run holds it, or the output cannot be written there.</exception>
    public FileStream TakeLock()
    {
        try
        {
            Directory.CreateDirectory(Parent);
            // Deleted on closing, while it is still held; a kill leaves an empty file behind, which the next run takes over.
            return new FileStream(Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file of that name whose lock another process holds: on Unix the runtime reports it like a sharing violation.
            bool isHeld = e is IOException && e is not DirectoryNotFoundException && IsHeld(e);
            throw isHeld
                ? new CheckpointException(CheckpointError.OutputInUse, $"Another run is writing '{Output}' (it holds '{Lock}').", Output, innerException: e)
                : Translate(e, 0)!;
        }
    }

    /// <summary>Returns the typed error for one of the system, or null for any other.</summary>
    public CheckpointException? Translate(Exception error, long bytesNeeded) => error switch
    {
        IOException io when DiskSpace.IsDiskFull(io) => DiskSpace.Full(Output, bytesNeeded, io),
        IOException or UnauthorizedAccessException => new CheckpointException(
            CheckpointError.OutputReadOnly, $"The output '{Output}' cannot be created: {error.Message}", Output, innerException: error),
        _ => null,
    };

    /// <summary>Checks that the output may be put in its place.</summary>
    /// <exception cref="CheckpointException">There is something that must not be replaced.</exception>
    public void CheckOutput(bool overwrite)
    {
        if (File.Exists(Output))
        {
            throw new CheckpointException(CheckpointError.OutputNotEmpty, $"'{Output}' is a file; the output is a folder.", Output);
        }

        if (!Directory.Exists(Output) || !Directory.EnumerateFileSystemEntries(Output).Any())
        {
            return;
        }

        if (!overwrite)
        {
            throw new CheckpointException(CheckpointError.OutputNotEmpty, $"The folder '{Output}' is not empty. Choose another, or ask for it to be overwritten.", Output);
        }

        bool isCheckpoint = File.Exists(Path.Combine(Output, Checkpoint.ConfigFileName)) || Directory.EnumerateFiles(Output, "*" + Checkpoint.Extension).Any();
        if (!isCheckpoint)
        {
            throw new CheckpointException(
                CheckpointError.OutputNotEmpty, $"The folder '{Output}' holds no checkpoint: overwriting would delete something else. Choose another, or empty it.", Output);
        }
    }

    /// <summary>Puts things in order after a run that was killed: only its commit leaves traces outside of the staging folder.</summary>
    public void Recover()
    {
        if (Directory.Exists(Staging))
        {
            // Killed between the two renames of a commit, or just before: everything is complete, the journal still says so.
            if (File.Exists(CommittingJournal) && !File.Exists(Journal))
            {
                File.Move(CommittingJournal, Journal);
                DirectoryFlush.Flush(Staging);
            }
        }
        else
        {
            File.Delete(CommittingJournal);
            // The new output is in place, the old one was not yet deleted. Without an output the old one is all there is: keep it.
            if (Directory.Exists(Output))
            {
                DeleteOld();
            }
        }
    }

    /// <summary>Gives the staging folder its final name; what was there is moved aside before, and deleted after.</summary>
    public void Replace()
    {
        if (Directory.Exists(Output))
        {
            if (Directory.EnumerateFileSystemEntries(Output).Any())
            {
                // What lies there from a commit that was killed is older still.
                DeleteOld();
                Directory.Move(Output, Old);
            }
            else
            {
                Directory.Delete(Output);
            }
        }

        Directory.Move(Staging, Output);
        DirectoryFlush.Flush(Parent);
        DeleteOld();
    }

    public void DeleteOld()
    {
        if (Directory.Exists(Old))
        {
            Directory.Delete(Old, recursive: true);
        }
    }

    // EWOULDBLOCK, which a held lock gives, is 11 on Linux and 35 on macOS.
    private static bool IsHeld(Exception e) =>
        e.HResult == (OperatingSystem.IsWindows() ? WindowsSharingViolation : OperatingSystem.IsMacOS() ? 35 : 11);
}
