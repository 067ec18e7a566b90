using ModelTensors.Devices;

namespace ModelAggregation.Mixture;

/// <summary>How a mixture is written. Nothing here changes a tensor's bytes.</summary>
public sealed record MixtureOptions
{
    /// <summary>Gets the number of threads that copy and convert at a time.</summary>
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

    /// <summary>Gets the device that copies and converts; the caller disposes it.</summary>
    /// <value>Null for a CPU device of the run's own.</value>
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

    /// <summary>Gets whether <c>aggregation.json</c> and the model card name the inputs by the SHA-256 of their whole files, besides that of their headers, which models of one architecture have in common.</summary>
    /// <value>True by default; each input file is read once more, by one thread.</value>
    public bool HashInputs { get; init; } = true;
}
