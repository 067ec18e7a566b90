using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Zoo;

/// <summary>How models are compared.</summary>
public sealed record SimilarityOptions
{
    /// <summary>Gets of which vectors the cosine is taken.</summary>
    /// <value><see cref="SimilarityMeasure.PerColumn"/> by default, as in Model-GLUE.</value>
    public SimilarityMeasure Measure { get; init; }

    /// <summary>Gets which tensors are read. What a comparison has read can be divided afterwards; see <see cref="ZooSimilarity.Of"/>.</summary>
    /// <value><see cref="SimilarityPart.AttentionAndMlp"/> by default, as in Model-GLUE.</value>
    public SimilarityPart Part { get; init; }

    /// <summary>Gets the reference of the model that is subtracted, so that what was learnt since is compared and not what all of them have from it.</summary>
    /// <value>Null by default: the weights themselves are compared.</value>
    public string? Base { get; init; }

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

    /// <summary>Gets the bytes that the device's tiles may take, and once more as much for the inner products of columns.</summary>
    /// <value>256 MiB by default; at least 1 MiB. More than it are taken only where the columns of two models alone do not fit.</value>
    /// <remarks>With less of it the models are compared in groups and read more often; the result is the same.</remarks>
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
    /// <value>Null for a CPU device of the comparison's own.</value>
    public TensorDevice? Device { get; init; }

    internal CpuDevice? CreateDevice() =>
        Device is null ? new CpuDevice(new CpuDeviceOptions { Threads = Threads, WorkingMemory = WorkingMemory }) : null;
}
