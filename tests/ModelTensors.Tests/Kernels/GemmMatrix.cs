using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

/// <summary>A seeded matrix of any storage type, with guard elements behind every row.</summary>
internal sealed unsafe class GemmMatrix
{
    private readonly byte[] _memory;

    public GemmMatrix(int rows, int columns, int padding, DataType type, int seed)
    {
        Rows = rows;
        Columns = columns;
        Stride = columns + padding;
        Type = type;
        Values = new float[rows * Stride];

        // Not a byte more than the matrix has: a read or write past the end is a heap corruption that shows.
        _memory = GC.AllocateArray<byte>(Math.Max(Values.Length, 1) * type.Size, pinned: true);
        Random random = new(seed);
        for (int i = 0; i < Values.Length; i++)
        {
            // Padding is NaN: whoever computes with it is found out.
            this[i / Stride, i % Stride] = i % Stride < columns ? (random.NextSingle() * 2) - 1 : float.NaN;
        }
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Stride { get; }

    public DataType Type { get; }

    /// <summary>Gets the stored values, rounded to the storage type, with the padding.</summary>
    public float[] Values { get; }

    public Span<float> Floats => MemoryMarshal.Cast<byte, float>(_memory.AsSpan())[..Values.Length];

    public float this[int row, int column]
    {
        get => Values[(row * Stride) + column];
        set
        {
            int index = (row * Stride) + column;
            switch (Type)
            {
                case DataType.F32:
                    Values[index] = value;
                    MemoryMarshal.Cast<byte, float>(_memory.AsSpan())[index] = value;
                    break;
                case DataType.BF16:
                    BFloat16 rounded = BFloat16.FromSingle(value);
                    Values[index] = rounded.ToSingle();
                    MemoryMarshal.Cast<byte, ushort>(_memory.AsSpan())[index] = rounded.Bits;
                    break;
                default:
                    Half half = (Half)value;
                    Values[index] = (float)half;
                    MemoryMarshal.Cast<byte, Half>(_memory.AsSpan())[index] = half;
                    break;
            }
        }
    }

    public GemmOperand Operand(bool transposed) => new(Pointer, Type, Rows, Columns, Stride, transposed);

    public GemmResult Result() => new((float*)Pointer, Rows, Columns, Stride);

    // The array is on the pinned heap; the caller keeps this object alive until the product is done.
    private void* Pointer => Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0).ToPointer();
}
