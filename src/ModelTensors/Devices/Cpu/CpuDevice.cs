using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>Computes on the CPU with vectors of the machine's width. Always available, and the reference for other devices.</summary>
public sealed class CpuDevice : TensorDevice
{
    private readonly WorkerPool _pool;

    /// <summary>Creates a device with its own threads.</summary>
    /// <param name="options">The settings.</param>
    public CpuDevice(CpuDeviceOptions? options = null)
        : this(options ?? new CpuDeviceOptions(), ChunkKernels.Best)
    {
    }

    internal CpuDevice(CpuDeviceOptions options, ChunkKernels kernels)
    {
        Options = options;
        Kernels = kernels;

        // The caller of a pass is a worker itself; as many again overlap their files with the others' computing.
        _pool = new WorkerPool((2 * options.Threads) - 1);
    }

    /// <summary>Gets the settings.</summary>
    public CpuDeviceOptions Options { get; }

    /// <inheritdoc />
    public override string Description => $"CPU, {Options.Threads} thread{(Options.Threads == 1 ? string.Empty : "s")}, {Kernels.Description}";

    internal ChunkKernels Kernels { get; }

    /// <inheritdoc />
    public override TensorSession Open(IReadOnlyList<TensorSource> inputs, SessionOptions? options = null) =>
        new CpuSession(this, inputs, options ?? new SessionOptions());

    internal void Run(int workers, Action<int, WorkerFailure> body) => _pool.Run(workers, body);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pool.Dispose();
        }

        base.Dispose(disposing);
    }
}
