using ModelTensors.Devices;

namespace ModelTensors.Adapters;

/// <summary>How adapters are merged into a model. But for <see cref="OutputType"/>, nothing here changes a tensor's bytes.</summary>
public sealed record AdapterMergeOptions
{
    /// <summary>Gets the type in which floating-point tensors are written.</summary>
    /// <value>Null by default, for the type in which the model stores each; else F16, BF16, F32 or F64.</value>
    public DataType? OutputType
    {
        get;
        init => field = value is null or DataType.F16 or DataType.BF16 or DataType.F32 or DataType.F64
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Tensors are written as F16, BF16, F32 or F64.");
    }

    /// <summary>Gets the number of threads that compute at a time.</summary>
    /// <value>The number of processors by default; at least 1. Ignored when <see cref="Device"/> is given.</value>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Gets the working memory in bytes, beside the factors of the few modules that are in use.</summary>
    /// <value>256 MiB by default; at least 1 MiB. Ignored when <see cref="Device"/> is given.</value>
    public long WorkingMemory
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1 << 20);
            field = value;
        }
    } = 256L << 20;

    /// <summary>Gets the device that reads and writes; the caller disposes it. Products are computed on the CPU in any case.</summary>
    /// <value>Null for a CPU device of the merge's own.</value>
    public TensorDevice? Device { get; init; }

    /// <summary>Gets the largest length of a tensor file in bytes; a single larger tensor has a file of its own.</summary>
    /// <value>5,000,000,000 by default; at least 1.</value>
    public long ShardSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 5_000_000_000;

    /// <summary>Gets whether a checkpoint that is already in the output folder is replaced, once the new one is complete.</summary>
    /// <value>False by default.</value>
    public bool Overwrite { get; init; }
}
