using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>Computes on the CPU with vectors of the machine's width. Always available, and the reference for other devices.</summary>
public sealed partial class CpuDevice : TensorDevice
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

    /// <inheritdoc />
    public override long EstimateMemory(IReadOnlyList<TensorSource> inputs, DataType output)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfZero(inputs.Count);
        return CpuMemory.Estimate(Options, inputs, output);
    }

    /// <inheritdoc />
    public override unsafe void MatMul(
        Matrix left, Matrix right, Matrix result, float alpha = 1, float beta = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(result);
        if (left.Columns != right.Rows || result.Rows != left.Rows || result.Columns != right.Columns)
        {
            throw new ArgumentException($"The sizes do not fit: {left} times {right} into {result}.");
        }

        if (!IsOperand(left.DataType) || !IsOperand(right.DataType) || result.DataType != DataType.F32 || result.IsTransposed)
        {
            throw new ArgumentException($"Operands are F32, F16 or BF16 and the result F32, not transposed: {left} times {right} into {result}.");
        }

        GemmResult destination = new((float*)result.Tensor.Address(result.Start), result.Rows, result.Columns, result.Stride);
        Gemm.Multiply(Operand(left), Operand(right), destination, alpha, beta, Options.Threads, cancellationToken);
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        GC.KeepAlive(result);
    }

    internal void Run(int workers, Action<int, WorkerFailure> body) => _pool.Run(workers, body);

    private static bool IsOperand(DataType type) => type is DataType.F32 or DataType.F16 or DataType.BF16;

    private static unsafe GemmOperand Operand(Matrix matrix) => new(
        matrix.Tensor.Address(matrix.Start), matrix.DataType, matrix.StoredRows, matrix.StoredColumns, matrix.Stride, matrix.IsTransposed);

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
