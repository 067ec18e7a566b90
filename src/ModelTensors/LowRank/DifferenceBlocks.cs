using ModelTensors.Devices;

namespace ModelTensors.LowRank;

/// <summary>The difference of two tensors as a matrix, in float: the first dimension is the rows, all others together the columns.</summary>
/// <remarks>It is kept in memory when it fits what may be used, else read again each time; the numbers are the same.</remarks>
public sealed class DifferenceBlocks : RowBlocks
{
    private readonly TensorDevice _device;
    private readonly TensorSource _tensor;
    private readonly TensorSource _origin;
    private readonly HostTensor?[] _kept;
    private HostTensor? _buffer;

    /// <summary>Creates the difference <c>tensor − origin</c>.</summary>
    /// <param name="device">Computes.</param>
    /// <param name="tensor">A tensor of floats, of one dimension or more and at least one element.</param>
    /// <param name="origin">What is subtracted; of the same shape.</param>
    /// <param name="memory">The bytes up to which the difference is kept; not negative.</param>
    public DifferenceBlocks(TensorDevice device, TensorSource tensor, TensorSource origin, long memory)
        : base(RowCount(tensor, origin), tensor.Shape.ElementCount / tensor.Shape[0])
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegative(memory);
        _device = device;
        _tensor = tensor;
        _origin = origin;
        IsKept = Rows * Columns <= memory / sizeof(float);
        _kept = new HostTensor?[IsKept ? Count : 0];
    }

    /// <summary>Gets whether blocks stay in memory once they were read.</summary>
    public bool IsKept { get; }

    /// <inheritdoc />
    public override Matrix Read(int index, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (IsKept && _kept[index] is { } kept)
        {
            return Matrix.Of(kept);
        }

        TensorShape shape = new(RowsOf(index), Columns);
        if (IsKept || _buffer is null || _buffer.Shape != shape)
        {
            _buffer?.Dispose();
            _buffer = new HostTensor(DataType.F32, shape);
        }

        using (TensorSession session = _device.Open(
            [new RowRangeSource(_tensor, FirstRow(index), shape), new RowRangeSource(_origin, FirstRow(index), shape)],
            new SessionOptions { CancellationToken = cancellationToken }))
        {
            // 1·x is exact, so the second term's fused product makes it one rounded subtraction.
            session.Map(new WeightedSumMap((0, 1), (1, -1)), _buffer.Sink);
        }

        Matrix block = Matrix.Of(_buffer);
        if (IsKept)
        {
            _kept[index] = _buffer;
            _buffer = null;
        }

        return block;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _buffer?.Dispose();
            foreach (HostTensor? block in _kept)
            {
                block?.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private static long RowCount(TensorSource tensor, TensorSource origin)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(origin);
        return tensor.Shape == origin.Shape && tensor.Shape.Rank > 0 && tensor.Shape.ElementCount > 0
            ? tensor.Shape[0]
            : throw new ArgumentException($"A difference needs two tensors of one shape with elements: {tensor.Shape} and {origin.Shape}.", nameof(origin));
    }

    private sealed class RowRangeSource(TensorSource whole, long firstRow, TensorShape shape) : TensorSource(whole.DataType, shape)
    {
        private readonly long _offset = firstRow * shape[1];

        public override void Read(long start, Span<byte> destination) => whole.Read(_offset + start, destination);

        public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes) => whole.TryGetSpan(_offset + start, count, out bytes);
    }
}
