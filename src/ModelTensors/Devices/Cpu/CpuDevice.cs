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

        if (!IsOperand(left.DataType) || !IsOperand(right.DataType) || result.DataType is not (DataType.F32 or DataType.F64) || result.IsTransposed)
        {
            throw new ArgumentException($"Operands are F32, F16, BF16 or F64 and the result F32 or F64, not transposed: {left} times {right} into {result}.");
        }

        void* place = result.Tensor.Address(result.Start);
        if (left.DataType == DataType.F64 || right.DataType == DataType.F64 || result.DataType == DataType.F64)
        {
            DoubleResult doubles = new(place, result.DataType == DataType.F64, result.Rows, result.Columns, result.Stride);
            DoubleGemm.Multiply(Lines(left.Transposed), Lines(right), left.Columns, doubles, alpha, beta, Options.Threads, cancellationToken);
        }
        else
        {
            GemmResult singles = new((float*)place, result.Rows, result.Columns, result.Stride);
            Gemm.Multiply(Operand(left), Operand(right), singles, alpha, beta, Options.Threads, cancellationToken);
        }

        GC.KeepAlive(left);
        GC.KeepAlive(right);
        GC.KeepAlive(result);
    }

    /// <inheritdoc />
    public override unsafe void Gram(Matrix operand, HostTensor result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operand);
        ArgumentNullException.ThrowIfNull(result);
        if (!IsOperand(operand.DataType) || operand.DataType == DataType.F64)
        {
            throw new ArgumentException($"The operand of a Gram matrix is F32, F16 or BF16: it is {operand}.", nameof(operand));
        }

        if (result.DataType != DataType.F64 || result.Shape != new TensorShape(operand.Columns, operand.Columns))
        {
            throw new ArgumentException(
                $"The Gram matrix of {operand} is F64 of shape [{operand.Columns}, {operand.Columns}]: it is {result.Shape} {result.DataType.SafetensorsName}.",
                nameof(result));
        }

        DoubleGemm.Gram(Lines(operand), operand.Rows, (double*)result.Address(0), Options.Threads, cancellationToken);
        GC.KeepAlive(operand);
        GC.KeepAlive(result);
    }

    internal void Run(int workers, Action<int, WorkerFailure> body) => _pool.Run(workers, body);

    private static bool IsOperand(DataType type) => type is DataType.F32 or DataType.F16 or DataType.BF16 or DataType.F64;

    private static unsafe GemmOperand Operand(Matrix matrix) => new(
        matrix.Tensor.Address(matrix.Start), matrix.DataType, matrix.StoredRows, matrix.StoredColumns, matrix.Stride, matrix.IsTransposed);

    /// <summary>The columns of a matrix.</summary>
    private static unsafe DoubleLines Lines(Matrix matrix) => new(
        matrix.Tensor.Address(matrix.Start), matrix.DataType, matrix.Stride, matrix.IsTransposed, matrix.Columns);

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
