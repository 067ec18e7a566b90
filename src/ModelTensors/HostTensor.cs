using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelTensors;

/// <summary>A tensor in native host memory, of any length. It owns the memory; dispose it when its source and sink are no longer used.</summary>
public sealed class HostTensor : IDisposable
{
    private readonly NativeBuffer _memory;

    /// <summary>Allocates a tensor of zeros.</summary>
    /// <param name="dataType">The type of the elements.</param>
    /// <param name="shape">The shape.</param>
    public HostTensor(DataType dataType, TensorShape shape)
    {
        DataType = dataType;
        Shape = shape;
        _memory = new NativeBuffer(checked(shape.ElementCount * dataType.Size));
        Source = new MemorySource(this);
        Sink = new MemorySink(this);
    }

    /// <summary>Gets the type of the elements.</summary>
    public DataType DataType { get; }

    /// <summary>Gets the shape.</summary>
    public TensorShape Shape { get; }

    /// <summary>Gets a source over the memory; it lends spans without copying.</summary>
    public TensorSource Source { get; }

    /// <summary>Gets a sink over the memory; it lends spans without copying.</summary>
    public TensorSink Sink { get; }

    /// <summary>Creates a tensor from values, converted to the storage type with one rounding to nearest even.</summary>
    /// <param name="values">The elements in C order.</param>
    /// <param name="shape">The shape; as many elements as values.</param>
    /// <param name="dataType">The storage type: F16, BF16, F32 or F64.</param>
    /// <exception cref="ArgumentException">The number of values is not that of the shape, or the type cannot hold floats.</exception>
    public static HostTensor FromSingles(ReadOnlySpan<float> values, TensorShape shape, DataType dataType = DataType.F32)
    {
        if (values.Length != shape.ElementCount)
        {
            throw new ArgumentException($"{values.Length} values do not fill shape {shape}.", nameof(values));
        }

        HostTensor tensor = new(dataType, shape);
        FloatConversion.Narrow(values, tensor.Bytes(0, values.Length), dataType);
        return tensor;
    }

    /// <summary>Lends elements as a span of an unmanaged type of the same size as the storage type.</summary>
    /// <typeparam name="T">A type of the storage type's size, for example <see cref="float"/> for F32 or <see cref="ushort"/> for BF16.</typeparam>
    /// <param name="start">The index of the first element.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="InvalidOperationException">The size of <typeparamref name="T"/> is not that of the storage type.</exception>
    public Span<T> AsSpan<T>(long start, int count)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != DataType.Size)
        {
            throw new InvalidOperationException($"An element of {DataType} has {DataType.Size} bytes, {typeof(T)} has {Unsafe.SizeOf<T>()}.");
        }

        return MemoryMarshal.Cast<byte, T>(Bytes(start, count));
    }

    /// <summary>Returns all elements widened to float.</summary>
    /// <exception cref="InvalidOperationException">The tensor has more elements than an array can hold.</exception>
    public float[] ToSingles()
    {
        if (Shape.ElementCount > Array.MaxLength)
        {
            throw new InvalidOperationException($"A tensor of shape {Shape} does not fit an array; read it in pieces.");
        }

        float[] values = new float[Shape.ElementCount];
        FloatConversion.Widen(Bytes(0, values.Length), DataType, values);
        return values;
    }

    /// <summary>Releases the memory; sources and sinks of this tensor must no longer be used.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>The address of an element; native memory does not move, but lives only as long as the tensor.</summary>
    internal unsafe void* Address(long element) => System.Runtime.CompilerServices.Unsafe.AsPointer(
        ref MemoryMarshal.GetReference(_memory.Span(checked(element * DataType.Size), 0)));

    private Span<byte> Bytes(long start, int count) => _memory.Span(checked(start * DataType.Size), checked(count * DataType.Size));

    private sealed class MemorySource(HostTensor owner) : TensorSource(owner.DataType, owner.Shape)
    {
        public override void Read(long start, Span<byte> destination) =>
            owner.Bytes(start, destination.Length / DataType.Size).CopyTo(destination);

        public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes)
        {
            bytes = owner.Bytes(start, count);
            return true;
        }
    }

    private sealed class MemorySink(HostTensor owner) : TensorSink(owner.DataType, owner.Shape)
    {
        public override void Write(long start, ReadOnlySpan<byte> source) =>
            source.CopyTo(owner.Bytes(start, source.Length / DataType.Size));

        public override bool TryGetSpan(long start, int count, out Span<byte> bytes)
        {
            bytes = owner.Bytes(start, count);
            return true;
        }
    }
}
