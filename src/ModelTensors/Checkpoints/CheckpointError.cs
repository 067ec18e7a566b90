namespace ModelTensors.Checkpoints;

/// <summary>The ways in which reading or writing a checkpoint can fail.</summary>
public enum CheckpointError
{
    /// <summary>No model is where one was looked for.</summary>
    NotFound,

    /// <summary>The weights are in a format other than safetensors.</summary>
    UnsupportedFormat,

    /// <summary>The weights are pickled (<c>.bin</c>, <c>.pt</c>, <c>.pth</c>), which would run code on loading.</summary>
    PickleFile,

    /// <summary>The configuration is not a JSON object.</summary>
    ConfigInvalid,

    /// <summary>The index of shards is not JSON, or lacks its map from tensors to files.</summary>
    IndexInvalid,

    /// <summary>The index names a file outside of the model's folder.</summary>
    IndexEscapesFolder,

    /// <summary>The index names a file that does not exist.</summary>
    ShardMissing,

    /// <summary>A shard lacks a tensor that the index places in it.</summary>
    TensorMissingInShard,

    /// <summary>Two files have a tensor of one name, and no index says which is meant.</summary>
    DuplicateTensor,

    /// <summary>The weights are quantized in a way that cannot be undone while reading.</summary>
    UnsupportedQuantization,

    /// <summary>A file is another one than when the checkpoint was opened.</summary>
    InputChanged,

    /// <summary>The output folder has content, and overwriting was not asked for.</summary>
    OutputNotEmpty,

    /// <summary>The output cannot be created where it should be.</summary>
    OutputReadOnly,

    /// <summary>Another run is writing the same output.</summary>
    OutputInUse,

    /// <summary>The output folder is one of an input, or contains one.</summary>
    OutputIsInput,

    /// <summary>The disk has too little space.</summary>
    DiskFull,

    /// <summary>A tokenizer's file is not what it should be.</summary>
    TokenizerInvalid,

    /// <summary>A tokenizer's files have no place for what should be written.</summary>
    TokenizerUnsupported,
}
