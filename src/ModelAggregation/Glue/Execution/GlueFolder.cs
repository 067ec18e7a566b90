namespace ModelAggregation.Glue.Execution;

/// <summary>The output folder of a run: what of it is complete stands in its manifest. One run at a time.</summary>
internal sealed class GlueFolder : IDisposable
{
    private const string LockName = "manifest.lock";

    private readonly FileStream _lock;
    private readonly List<StageRecord> _visited = [];
    private readonly Dictionary<string, StageRecord> _known = new(StringComparer.Ordinal);
    private GlueManifest? _manifest;

    private GlueFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    /// <summary>Gets the full path.</summary>
    public string Path { get; }

    /// <summary>Gets the inputs that an earlier run has recorded.</summary>
    public IReadOnlyList<InputRecord> KnownInputs { get; private set; } = [];

    /// <summary>Gets what the stages of this run have written, in their order.</summary>
    public IEnumerable<FileRecord> Outputs => _visited.SelectMany(stage => stage.Outputs);

    /// <summary>Gets the number of stages that were carried out.</summary>
    public int StagesRun { get; private set; }

    /// <summary>Gets the number of stages that were complete already.</summary>
    public int StagesReused { get; private set; }

    private string ManifestPath => this[GlueManifest.FileName];

    /// <summary>Gets the full path of a file or folder.</summary>
    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>Says whether a folder may be written to: it is empty or not there, or an earlier run's.</summary>
    public static bool IsFree(string path) =>
        !Directory.Exists(path)
        || File.Exists(System.IO.Path.Combine(path, GlueManifest.FileName))
        || Directory.EnumerateFileSystemEntries(path).All(entry => System.IO.Path.GetFileName(entry).StartsWith("manifest.", StringComparison.Ordinal));

    /// <summary>Opens the folder, for this run alone.</summary>
    /// <exception cref="GlueException">Another run is under way there, or its manifest is damaged.</exception>
    public static GlueFolder Open(string path)
    {
        Directory.CreateDirectory(path);
        FileStream @lock = TakeLock(path);
        try
        {
            GlueFolder folder = new(path, @lock);
            if (File.Exists(folder.ManifestPath))
            {
                GlueManifest manifest = ReadManifest(path);
                folder.KnownInputs = manifest.Inputs;
                foreach (StageRecord stage in manifest.Stages)
                {
                    folder._known[stage.Name] = stage;
                }

                folder._manifest = manifest;
            }

            return folder;
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Reads the manifest of a folder.</summary>
    /// <exception cref="GlueException">It is damaged, or of another version; or there is none.</exception>
    public static GlueManifest ReadManifest(string folder)
    {
        string path = System.IO.Path.Combine(folder, GlueManifest.FileName);
        if (!File.Exists(path))
        {
            throw new GlueException(GlueError.ArtefactInvalid, $"'{folder}' is no output of a pipeline: it has no {GlueManifest.FileName}.", path);
        }

        GlueManifest manifest = GlueJson.Read(path, GlueJson.Default.GlueManifest);
        if (manifest.Stages.SelectMany(stage => stage.Outputs).FirstOrDefault(output => !IsInside(output.Path)) is { } outside)
        {
            throw new GlueException(GlueError.ArtefactInvalid, $"'{path}' names an output '{outside.Path}', which is not in its folder.", path);
        }

        return manifest is { Format: GlueManifest.Kind, Version: GlueManifest.Latest }
            ? manifest
            : throw new GlueException(GlueError.ArtefactInvalid, $"'{path}' is of the format '{manifest.Format}', version {manifest.Version}; this library reads '{GlueManifest.Kind}', version {GlueManifest.Latest}.", path);
    }

    /// <summary>Begins a run: the manifest says of which recipe the folder is. What earlier runs have completed stays recorded.</summary>
    /// <exception cref="GlueException">The folder is of another evaluation.</exception>
    public void Begin(GlueManifest manifest)
    {
        if (_manifest is { } earlier && !(string.Equals(earlier.Proxy, manifest.Proxy, StringComparison.Ordinal) && string.Equals(earlier.HoldOut, manifest.HoldOut, StringComparison.Ordinal)))
        {
            throw new GlueException(
                GlueError.OutputInUse, $"'{Path}' holds a run with other tasks, examples or engine, whose scores do not compare with this one's: choose another folder, or remove it.", Path);
        }

        _manifest = manifest with { Stages = [.. _known.Values] };
        Save();
    }

    /// <summary>Carries a stage out, unless it is complete already: its inputs and its outputs are as they are recorded.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="inputs">A hash of all that decides its outputs.</param>
    /// <param name="work">Does the work and returns what it has written, files and folders, relative to the folder.</param>
    /// <param name="cancellationToken">Stops the hashing.</param>
    /// <returns>The stage.</returns>
    public async Task<StageRecord> RunAsync(string name, string inputs, Func<Task<IReadOnlyList<string>>> work, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(name, out StageRecord? known))
        {
            FileRecord[] damaged = [.. known.Outputs.Where(output => !IsIntact(output, cancellationToken))];
            if (damaged.Length == 0 && string.Equals(known.Inputs, inputs, StringComparison.Ordinal))
            {
                StagesReused++;
                _visited.Add(known);
                return known;
            }

            if (damaged.Length > 0)
            {
                Remove(known, damaged);
            }
        }

        IReadOnlyList<string> outputs = await work().ConfigureAwait(false);
        StageRecord record = new(name, inputs, [.. outputs.SelectMany(output => FileHash.Describe(Path, output, cancellationToken))]);
        StagesRun++;
        _visited.Add(record);
        _known[name] = record;
        Save();
        return record;
    }

    /// <summary>Ends a run: stages that it does not have are forgotten.</summary>
    public void Finish()
    {
        _known.Clear();
        Save();
    }

    public void Dispose() => _lock.Dispose();

    // Damaged outputs are deleted: a manifest that somebody has changed must not reach beyond its folder.
    private static bool IsInside(string path) => path.Length > 0 && !System.IO.Path.IsPathRooted(path) && !path.Contains('\\', StringComparison.Ordinal) && !path.Split('/').Contains("..", StringComparer.Ordinal);

    // What is not what it was written as must not be taken for a cache; and half a model is none, which nobody would overwrite.
    private void Remove(StageRecord stage, FileRecord[] damaged)
    {
        FileRecord[] removed = [.. stage.Outputs.Where(output => damaged.Contains(output) || output.Path.Contains('/', StringComparison.Ordinal))];
        foreach (FileRecord output in removed.Where(output => File.Exists(this[output.Path])))
        {
            File.Delete(this[output.Path]);
        }

        IEnumerable<string> folders = removed.Select(output => System.IO.Path.GetDirectoryName(output.Path)!).Where(folder => folder.Length > 0).Distinct(StringComparer.Ordinal);
        foreach (string folder in folders.OrderByDescending(folder => folder.Length).Select(folder => this[folder]))
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    // Deleted on closing; a kill leaves an empty file behind, which the next run takes over.
    private static FileStream TakeLock(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new GlueException(GlueError.OutputInUse, $"'{path}' is in use: another run writes there. ({error.Message})", path, error);
        }
    }

    private bool IsIntact(FileRecord output, CancellationToken cancellationToken)
    {
        FileInfo file = new(this[output.Path]);
        return file.Exists && file.Length == output.Length && string.Equals(FileHash.Of(file.FullName, cancellationToken), output.Sha256, StringComparison.Ordinal);
    }

    // The stages of this run in their order, then those of an earlier one that it has not come to.
    private void Save()
    {
        HashSet<string> visited = new(_visited.Select(stage => stage.Name), StringComparer.Ordinal);
        _manifest = _manifest! with { Stages = [.. _visited, .. _known.Values.Where(stage => !visited.Contains(stage.Name)).OrderBy(stage => stage.Name, StringComparer.Ordinal)] };
        GlueJson.Write(ManifestPath, _manifest, GlueJson.Default.GlueManifest);
    }
}
