using ModelTensors.Devices;

namespace ModelAggregation.Merging;

/// <summary>How a merge is carried out. Nothing here changes a tensor's bytes.</summary>
public sealed record MergeOptions
{
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

    /// <summary>Gets the working memory in bytes, beside what the runtime itself takes.</summary>
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

    /// <summary>Gets the device that computes; the caller disposes it.</summary>
    /// <value>Null for a CPU device of the merge's own.</value>
    public TensorDevice? Device { get; init; }

    /// <summary>Gets the largest length of a tensor file in bytes; a single larger tensor has a file of its own.</summary>
    /// <value>5,000,000,000 by default, as in mergekit; at least 1.</value>
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
    /// <value>False by default: then a folder that is not empty is refused before any work.</value>
    public bool Overwrite { get; init; }

    /// <summary>Gets whether the model card names the inputs by the SHA-256 of their whole files, which reads them once more, besides that of their headers.</summary>
    /// <value>False by default.</value>
    public bool HashInputs { get; init; }

    /// <summary>Gets the folder for the outputs of a pipeline's named stages, each a folder of the stage's name. They are kept and used again as long as they are what the stage would give.</summary>
    /// <value>Null by default: the output folder's name with <c>.stages</c>, beside it.</value>
    public string? IntermediateFolder { get; init; }

    /// <summary>Gets how many bytes of stages' outputs may be kept in memory until the last stage that uses them is merged, instead of in the folder.</summary>
    /// <value>0 by default: all go to the folder. Not negative. What was in memory is merged anew after an interruption.</value>
    public long IntermediateMemory
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
}
