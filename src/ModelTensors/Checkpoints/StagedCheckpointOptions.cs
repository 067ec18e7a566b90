namespace ModelTensors.Checkpoints;

/// <summary>How a checkpoint is written.</summary>
public sealed record StagedCheckpointOptions
{
    /// <summary>Gets the greatest size of the tensors of one file in bytes. A tensor that is larger gets a file of its own.</summary>
    /// <value>Positive; 5,000,000,000 by default, as in transformers.</value>
    public long ShardSize
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A shard has at least one byte.");
    } = 5_000_000_000;

    /// <summary>Gets whether a checkpoint that is there already is replaced, once the new one is complete.</summary>
    /// <value>False by default.</value>
    /// <remarks>Only a folder that holds safetensors files or a <c>config.json</c> is replaced: a mistyped path costs nothing.</remarks>
    public bool Overwrite { get; init; }

    /// <summary>Gets whether what an interrupted run of the same plan has completed is taken over.</summary>
    /// <value>True by default. Set it to false when the hash does not stand for all that the tensors are made of.</value>
    public bool Continue { get; init; } = true;

    /// <summary>Gets the metadata of the files.</summary>
    /// <value>Null by default, for <c>{"format":"pt"}</c>.</value>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Gets after how many bytes of completed tensors they are flushed to the disk and journaled: what an interrupted run may have to redo.</summary>
    /// <value>Not negative; 256 MiB by default. With 0 each tensor is flushed.</value>
    public long FlushBytes
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A number of bytes is not negative.");
    } = 256L << 20;

    /// <summary>Gets what tells how many bytes may still be written below a folder.</summary>
    /// <value>The free space of the drive by default.</value>
    public Func<string, long> AvailableBytes
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = DiskSpace.Available;
}
