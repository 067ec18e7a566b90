using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Adapters;

/// <summary>
/// A weight with a product folded in, V, whose outputs get the norms of DoRA: <c>y = m / ‖V‖ · v</c>, in double with one rounding to float. Norms are of
/// the floats that V reads as, summed in double over a fixed partition, so that the bits depend neither on threads nor on what is read at once.
/// </summary>
internal sealed class DoraTensorSource : TensorSource
{
    private readonly TensorSource _updated;
    private readonly TensorSource _magnitudes;
    private readonly bool _isTransposed;
    private readonly long _rows;
    private readonly long _columns;
    private readonly Lock _gate = new();
    private double[]? _factors;

    /// <summary>Creates the source.</summary>
    /// <param name="updated">V, as F32.</param>
    /// <param name="magnitudes">The norms of the outputs, as many as there are.</param>
    /// <param name="isTransposed">Whether outputs are columns of V as it is stored; rows of everything behind dimension 0 otherwise.</param>
    public DoraTensorSource(TensorSource updated, TensorSource magnitudes, bool isTransposed)
        : base(DataType.F32, updated.Shape)
    {
        _updated = updated;
        _magnitudes = magnitudes;
        _isTransposed = isTransposed;
        _rows = updated.Shape[0];
        _columns = updated.Shape.ElementCount / _rows;
    }

    public override DataType StoredDataType => _updated.StoredDataType;

    public override void Read(long start, Span<byte> destination)
    {
        double[] factors = Factors();
        Span<float> values = FloatReader.Read(_updated, start, destination);
        for (int done = 0; done < values.Length;)
        {
            (long row, long column) = Math.DivRem(start + done, _columns);
            Span<float> run = values.Slice(done, (int)Math.Min(_columns - column, values.Length - done));
            for (int i = 0; i < run.Length; i++)
            {
                run[i] = (float)(factors[_isTransposed ? column + i : row] * run[i]);
            }

            done += run.Length;
        }
    }

    // A pass over the whole weight, made when it is first read. Whoever needs the same norms waits for them here.
    private double[] Factors()
    {
        lock (_gate)
        {
            if (_factors is null)
            {
                float[] magnitudes = FloatReader.ReadAll(_magnitudes);
                using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
                using TensorSession session = device.Open([new Flattened(this)]);
                GramMatrices squares = session.Gram([0], _isTransposed ? VectorAxis.Columns : VectorAxis.Rows);
                _factors = [.. magnitudes.Select((magnitude, output) => magnitude / Math.Sqrt(squares[output][0, 0]))];
            }

            return _factors;
        }
    }

    /// <summary>V with two dimensions: a convolution's inputs and kernel are one.</summary>
    private sealed class Flattened(DoraTensorSource owner) : TensorSource(DataType.F32, new TensorShape(owner._rows, owner._columns))
    {
        public override void Read(long start, Span<byte> destination) => owner._updated.Read(start, destination);
    }
}
