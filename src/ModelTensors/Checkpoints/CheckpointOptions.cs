using ModelTensors.Safetensors;

namespace ModelTensors.Checkpoints;

/// <summary>How a checkpoint is opened.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Gets how tensors are read.</summary>
    /// <value><see cref="SafetensorsReadMode.Positioned"/> by default.</value>
    public SafetensorsReadMode ReadMode
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Not a read mode.");
    }
}
