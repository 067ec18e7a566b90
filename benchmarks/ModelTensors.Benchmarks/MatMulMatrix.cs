using System.Runtime.CompilerServices;
using ModelTensors.Kernels;

namespace ModelTensors.Benchmarks;

/// <summary>A matrix on the pinned heap, aligned to a cache line, filled with seeded values in [-1, 1).</summary>
internal sealed unsafe class MatMulMatrix
{
    private const int Alignment = 64;
    private readonly byte[] _memory;
    private readonly void* _data;

    public MatMulMatrix(int rows, int columns, DataType type, int seed)
    {
        Rows = rows;
        Columns = columns;
        Type = type;
        nint length = (nint)rows * columns;
        _memory = GC.AllocateUninitializedArray<byte>(checked((int)(length * type.Size) + Alignment), pinned: true);
        _data = (void*)(((nint)Unsafe.AsPointer(ref _memory[0]) + Alignment - 1) & -Alignment);
        Random random = new(seed);
        for (nint i = 0; i < length; i++)
        {
            float value = (random.NextSingle() * 2) - 1;
            switch (type)
            {
                case DataType.F32:
                    ((float*)_data)[i] = value;
                    break;
                case DataType.BF16:
                    ((ushort*)_data)[i] = BFloat16.FromSingle(value).Bits;
                    break;
                default:
                    ((Half*)_data)[i] = (Half)value;
                    break;
            }
        }
    }

    public int Rows { get; }

    public int Columns { get; }

    public DataType Type { get; }

    public float* Floats => (float*)_data;

    public GemmOperand Operand(bool transposed = false) => new(_data, Type, Rows, Columns, Columns, transposed);

    public GemmResult Result() => new((float*)_data, Rows, Columns, Columns);
}
