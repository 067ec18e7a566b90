using ModelTensors;
using ModelTensors.Devices;

namespace ModelRuntime;

/// <summary>Some rows of floats in memory that was made for as many or more: activations of a batch.</summary>
internal sealed class Rows : IDisposable
{
    private Matrix? _matrix;

    public Rows(int capacity, int columns)
    {
        Memory = new HostTensor(DataType.F32, new TensorShape(capacity, columns));
        Capacity = capacity;
        Columns = columns;
    }

    public HostTensor Memory { get; }

    public int Capacity { get; }

    public int Columns { get; }

    public int Count
    {
        get;
        set
        {
            field = value;
            _matrix = null;
        }
    }

    public Matrix Matrix => _matrix ??= Matrix.Of(Memory).Block(0, 0, Count, Columns);

    public Span<float> Span => Memory.AsSpan<float>(0, checked(Count * Columns));

    public Span<float> Row(int row) => Memory.AsSpan<float>((long)row * Columns, Columns);

    /// <summary>Copies the rows into a tensor of their own.</summary>
    public HostTensor ToTensor()
    {
        HostTensor copy = new(DataType.F32, new TensorShape(Count, Columns));
        Span.CopyTo(copy.AsSpan<float>(0, Count * Columns));
        return copy;
    }

    public void CopyTo(Rows other) => Span.CopyTo(other.Span);

    public void Dispose() => Memory.Dispose();
}
