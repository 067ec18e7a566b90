using ModelTensors.Safetensors;

namespace ModelTensors.Checkpoints;

/// <content>Preparing the staging folder, flushing it, and giving it its name.</content>
public sealed partial class StagedCheckpoint
{
    /// <summary>Flushes everything, writes the index, and renames the staging folder to the final one. The output is closed afterwards.</summary>
    /// <remarks>
    /// An output that is replaced is moved aside before, and deleted after. Interrupted at any point, the next run with the same plan
    /// continues; in the moment between the two renames there is no folder of the final name.
    /// </remarks>
    /// <exception cref="InvalidOperationException">A tensor is not complete, or an earlier flush failed.</exception>
    /// <exception cref="CheckpointException">The disk is full, or the final folder was filled by someone else meanwhile.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        FlushPending();
        lock (_stateGate)
        {
            ThrowIfFlushFailed();
            if (_layout.Headers.SelectMany(header => header.Entries).FirstOrDefault(entry => !_complete.ContainsKey(entry.Info.Name)) is { } missing)
            {
                throw new InvalidOperationException($"Tensor '{missing.Info.Name}' is not complete.");
            }
        }

        _paths.CheckOutput(_options.Overwrite);
        if (_layout.WriteIndex() is byte[] index)
        {
            Guard(index.Length, () => DurableFile.Write(Path.Combine(_paths.Staging, ShardIndex.FileName), index));
        }

        CloseFiles();
        // From here on a kill leaves the folder without its journal, which waits outside: StagingPaths.Recover puts it back.
        File.Move(_paths.Journal, _paths.CommittingJournal, overwrite: true);
        DirectoryFlush.Flush(_paths.Staging);
        DirectoryFlush.Flush(_paths.Parent);
        ReplaceOutput();
        Dispose();
    }

    private void Prepare()
    {
        Dictionary<string, string?>? journaled = _options.Continue ? CheckpointJournal.Read(_paths.Journal, _paths.PlanHash, _layout.Hash) : null;
        bool[] isIntact = new bool[_layout.FileNames.Count];
        SafetensorsFileWriter?[] shards = new SafetensorsFileWriter?[isIntact.Length];
        try
        {
            for (int i = 0; i < shards.Length && journaled is not null; i++)
            {
                shards[i] = SafetensorsFileWriter.Reopen(ShardPath(i), _layout.Headers[i]);
                isIntact[i] = shards[i] is not null;
            }

            long have = 0;
            foreach ((string tensor, string? note) in journaled ?? [])
            {
                // A shard that is not the one that was written takes its tensors with it.
                if (_layout.TryGetShard(tensor, out int shard) && isIntact[shard])
                {
                    _complete.Add(tensor, note);
                    SafetensorsEntry entry = _layout.Entry(tensor);
                    have += entry.End - entry.Begin;
                }
            }

            IsResumed = _complete.Count > 0;
            CheckSpace(have);
            if (journaled is null && Directory.Exists(_paths.Staging))
            {
                Directory.Delete(_paths.Staging, recursive: true);
            }

            Directory.CreateDirectory(_paths.Staging);
            DirectoryFlush.Flush(_paths.Parent);
            foreach (string leftover in Directory.EnumerateFiles(_paths.Staging, "*" + DurableFile.TemporarySuffix).ToArray())
            {
                File.Delete(leftover);
            }

            for (int i = 0; i < shards.Length; i++)
            {
                shards[i] ??= CreateShard(i);
            }
        }
        finally
        {
            // Also after an error, so that disposing closes them.
            _shards.AddRange(shards.OfType<SafetensorsFileWriter>());
        }

        DirectoryFlush.Flush(_paths.Staging);
        // Written anew at each start: that cuts off a torn line, and what is not to be believed any more.
        _journal = CheckpointJournal.Create(_paths.Journal, _paths.PlanHash, _layout.Hash, _complete);
    }

    private string ShardPath(int index) => Path.Combine(_paths.Staging, _layout.FileNames[index]);

    private SafetensorsFileWriter CreateShard(int index)
    {
        SafetensorsFileWriter shard = SafetensorsFileWriter.Create(ShardPath(index), _layout.Headers[index]);
        try
        {
            shard.Flush();
            return shard;
        }
        catch
        {
            shard.Dispose();
            throw;
        }
    }

    // The files are created with holes, so the system would notice a full disk only hours later.
    private void CheckSpace(long have)
    {
        long needed = _layout.TotalBytes - have;
        long available = _options.AvailableBytes(_paths.Parent);
        if (available < needed)
        {
            throw new CheckpointException(
                CheckpointError.DiskFull,
                $"The output '{_paths.Output}' needs {needed} bytes, its disk has {available} left. Free space there, or write to another disk.",
                _paths.Output,
                bytesNeeded: needed);
        }
    }

    // First the tensors, then the lines that say so. One flush at a time; completing goes on meanwhile.
    private void FlushPending()
    {
        lock (_flushGate)
        {
            List<KeyValuePair<string, string?>> batch;
            lock (_stateGate)
            {
                ThrowIfFlushFailed();
                batch = _pending;
                _pending = [];
                _pendingBytes = 0;
            }

            if (batch.Count == 0)
            {
                return;
            }

            bool isDone = false;
            try
            {
                foreach (int shard in batch.Select(record => _layout.TryGetShard(record.Key, out int index) ? index : -1).Distinct())
                {
                    _shards[shard].Flush();
                }

                Guard(0, () => _journal!.Append(batch));
                isDone = true;
            }
            finally
            {
                lock (_stateGate)
                {
                    _flushFailed |= !isDone;
                }
            }
        }
    }

    private void ReplaceOutput()
    {
        _paths.Replace();
        File.Delete(_paths.CommittingJournal);
        DirectoryFlush.Flush(_paths.Parent);
    }
}
