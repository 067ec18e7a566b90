using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Inspection;

/// <summary>How checkpoints are inspected and compared. Nothing here changes a result.</summary>
public sealed record InspectionOptions
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
    /// <value>64 MiB by default; at least 1 MiB. Ignored when <see cref="Device"/> is given.</value>
    public long WorkingMemory
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1 << 20);
            field = value;
        }
    } = 64L << 20;

    /// <summary>Gets the device that computes; the caller disposes it.</summary>
    /// <value>Null for a CPU device of the inspection's own.</value>
    public TensorDevice? Device { get; init; }

    internal CpuDevice? CreateDevice() =>
        Device is null ? new CpuDevice(new CpuDeviceOptions { Threads = Threads, WorkingMemory = WorkingMemory }) : null;
}
