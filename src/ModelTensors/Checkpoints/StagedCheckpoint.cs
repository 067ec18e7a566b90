using System.Text;
using ModelTensors.Safetensors;

namespace ModelTensors.Checkpoints;

/// <summary>
/// A checkpoint that is being written. It is built in a folder beside the final one, and gets its name when it is complete: there never
/// is half a checkpoint under the name. A run that was interrupted, even by a power cut, is continued by opening the same output with the same plan.
/// </summary>
/// <remarks>Tensors may be written and completed from several threads; everything else is for one.</remarks>
public sealed partial class StagedCheckpoint : IDisposable
{
    private readonly StagingPaths _paths;
    private readonly StagedCheckpointOptions _options;
    private readonly ShardLayout _layout;
    private readonly FileStream _lock;
    private readonly List<SafetensorsFileWriter> _shards = [];
    private readonly Lock _stateGate = new();
    private readonly Lock _flushGate = new();
    private readonly Dictionary<string, string?> _complete = new(StringComparer.Ordinal);
    private List<KeyValuePair<string, string?>> _pending = [];
    private CheckpointJournal? _journal;
    private long _pendingBytes;
    private bool _flushFailed;
    private bool _disposed;

    private StagedCheckpoint(StagingPaths paths, ShardLayout layout, StagedCheckpointOptions options, FileStream @lock)
    {
        _paths = paths;
        _layout = layout;
        _options = options;
        _lock = @lock;
    }

    /// <summary>Gets the folder in which the checkpoint is built.</summary>
    public string StagingFolder => _paths.Staging;

    /// <summary>Gets whether an earlier run left tensors that need not be written again.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>Gets the length of all tensor files together, in bytes.</summary>
    public long TotalBytes => _layout.TotalBytes;

    /// <summary>Starts an output, or continues one that was interrupted.</summary>
    /// <param name="folder">The final folder. It does not exist or is empty, unless <see cref="StagedCheckpointOptions.Overwrite"/> is set.</param>
    /// <param name="planHash">What tells this output from others: letters and digits, at most 128. With another hash, nothing is continued.</param>
    /// <param name="tensors">The tensors, in the order in which they are assigned to files.</param>
    /// <param name="options">How to write; the defaults when null.</param>
    /// <returns>The output; the caller disposes it. Without <see cref="Commit"/>, what was completed stays for another run.</returns>
    /// <exception cref="CheckpointException">The output may not or cannot be written there; nothing was changed.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name, or the hash is not letters and digits.</exception>
    public static StagedCheckpoint Open(string folder, string planHash, IReadOnlyList<TensorInfo> tensors, StagedCheckpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        options ??= new StagedCheckpointOptions();
        StagingPaths paths = StagingPaths.Of(folder, planHash);
        ShardLayout layout = new(tensors, options.ShardSize, options.Metadata);
        FileStream @lock = paths.TakeLock();
        StagedCheckpoint? staged = null;
        try
        {
            paths.Recover();
            paths.CheckOutput(options.Overwrite);
            staged = new StagedCheckpoint(paths, layout, options, @lock);
            staged.Prepare();
            return staged;
        }
        catch (Exception e)
        {
            staged?.Dispose();
            @lock.Dispose();
            if (paths.Translate(e, layout.TotalBytes) is { } translated)
            {
                throw translated;
            }

            throw;
        }
    }

    /// <summary>Tells whether a tensor is complete, by an earlier run or this one.</summary>
    /// <param name="tensorName">The tensor's name.</param>
    public bool IsComplete(string tensorName)
    {
        lock (_stateGate)
        {
            return _complete.ContainsKey(tensorName);
        }
    }

    /// <summary>Gets the note that was stored when a tensor was completed.</summary>
    /// <param name="tensorName">The tensor's name.</param>
    /// <returns>The note, or null when the tensor has none or is not complete.</returns>
    public string? Note(string tensorName)
    {
        lock (_stateGate)
        {
            return _complete.GetValueOrDefault(tensorName);
        }
    }

    /// <summary>Gets the place of a tensor.</summary>
    /// <param name="tensorName">The tensor's name.</param>
    /// <returns>A sink, valid until the output is committed or disposed.</returns>
    /// <exception cref="ArgumentException">The output has no such tensor.</exception>
    public TensorSink GetSink(string tensorName)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _layout.TryGetShard(tensorName, out int shard)
            ? _shards[shard].GetSink(tensorName)
            : throw new ArgumentException($"The output has no tensor '{tensorName}'.", nameof(tensorName));
    }

    /// <summary>Says that a tensor has been written in full. It is journaled, for a later run to find, once its file was flushed to the disk.</summary>
    /// <param name="tensorName">The tensor's name.</param>
    /// <param name="note">A text to keep with it, which <see cref="Note"/> returns after an interruption.</param>
    /// <exception cref="ArgumentException">The output has no such tensor.</exception>
    /// <exception cref="InvalidOperationException">The tensor is complete already, or an earlier flush failed.</exception>
    /// <exception cref="CheckpointException">The disk is full.</exception>
    public void Complete(string tensorName, string? note = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SafetensorsEntry entry = _layout.Entry(tensorName);
        bool flush;
        lock (_stateGate)
        {
            ThrowIfFlushFailed();
            if (!_complete.TryAdd(tensorName, note))
            {
                throw new InvalidOperationException($"Tensor '{tensorName}' is complete already.");
            }

            _pending.Add(KeyValuePair.Create(tensorName, note));
            _pendingBytes += entry.End - entry.Begin;
            flush = _pendingBytes >= _options.FlushBytes;
        }

        if (flush)
        {
            FlushPending();
        }
    }

    /// <summary>Flushes what has been completed to the disk and journals it, so that a later run need not do it again, even after a power cut.</summary>
    /// <exception cref="InvalidOperationException">An earlier flush failed.</exception>
    /// <exception cref="CheckpointException">The disk is full.</exception>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        FlushPending();
    }

    /// <summary>Writes a text file into the output, as UTF-8, in full or not at all.</summary>
    /// <param name="fileName">The name, without folders.</param>
    /// <param name="content">The content.</param>
    /// <exception cref="ArgumentException">The name is not plain, or is one of the checkpoint's own files.</exception>
    /// <exception cref="CheckpointException">The disk is full.</exception>
    public void WriteText(string fileName, string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        string path = SideFile(fileName);
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        Guard(bytes.Length, () => DurableFile.Write(path, bytes));
    }

    /// <summary>Copies a file into the output, in full or not at all.</summary>
    /// <param name="sourcePath">The file to copy; for a link, what it leads to.</param>
    /// <param name="fileName">The name in the output, without folders.</param>
    /// <exception cref="ArgumentException">The name is not plain, or is one of the checkpoint's own files.</exception>
    /// <exception cref="CheckpointException">The disk is full.</exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    public void CopyFile(string sourcePath, string fileName)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        string path = SideFile(fileName);
        Guard(new FileInfo(sourcePath).Length, () => DurableFile.Copy(sourcePath, path));
    }

    /// <summary>Closes the files. Without <see cref="Commit"/>, the staging folder stays for another run to continue from what was journaled.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            CloseFiles();
            _lock.Dispose();
        }
    }

    private void CloseFiles()
    {
        _journal?.Dispose();
        _journal = null;
        foreach (SafetensorsFileWriter shard in _shards)
        {
            shard.Dispose();
        }

        _shards.Clear();
    }

    private string SideFile(string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        ObjectDisposedException.ThrowIf(_disposed, this);
        bool isReserved = fileName.EndsWith(DurableFile.TemporarySuffix, StringComparison.OrdinalIgnoreCase)
            || fileName.EndsWith(Checkpoint.Extension, StringComparison.OrdinalIgnoreCase)
            || string.Equals(fileName, CheckpointJournal.FileName, StringComparison.OrdinalIgnoreCase)
            || string.Equals(fileName, ShardIndex.FileName, StringComparison.OrdinalIgnoreCase);
        return ShardIndex.IsPlainFileName(fileName) && !isReserved
            ? Path.Combine(_paths.Staging, fileName)
            : throw new ArgumentException($"'{fileName}' is not a plain file name, or is one of the checkpoint's own.", nameof(fileName));
    }

    private void Guard(long bytesNeeded, Action write)
    {
        try
        {
            write();
        }
        catch (IOException e) when (DiskSpace.IsDiskFull(e))
        {
            throw DiskSpace.Full(_paths.Staging, bytesNeeded, e);
        }
    }

    private void ThrowIfFlushFailed()
    {
        if (_flushFailed)
        {
            // After a failed flush the system may have dropped the data and report success the next time: only a new run knows.
            throw new InvalidOperationException("An earlier flush to the disk failed. Dispose the output and open it again: what had been journaled is kept.");
        }
    }
}
