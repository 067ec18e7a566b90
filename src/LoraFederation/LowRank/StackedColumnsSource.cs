using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>Factors beside each other, [m, r_1 + r_2 + …], computed while they are read. A factor of the output's type is copied byte for byte.</summary>
internal sealed class StackedColumnsSource : TensorSource
{
    private readonly IReadOnlyList<TensorSource> _parts;
    private readonly int[] _starts;

    /// <summary>Creates the stack.</summary>
    /// <param name="parts">The factors, [m, r_k] each, of the output's type.</param>
    /// <param name="rows">m.</param>
    /// <param name="type">The type of all.</param>
    public StackedColumnsSource(IReadOnlyList<TensorSource> parts, long rows, DataType type)
        : base(type, new TensorShape(rows, parts.Sum(part => part.Shape[1])))
    {
        _parts = parts;
        _starts = new int[parts.Count + 1];
        for (int i = 0; i < parts.Count; i++)
        {
            _starts[i + 1] = checked(_starts[i] + (int)parts[i].Shape[1]);
        }
    }

    private int Columns => _starts[^1];

    public override void Read(long start, Span<byte> destination)
    {
        int size = DataType.Size;
        (long row, long column) = Math.DivRem(start, Columns);
        int count = destination.Length / size;

        // Whole rows in the middle; a part of one before them and a part of one behind.
        int head = column == 0 ? 0 : (int)Math.Min(Columns - column, count);
        if (head > 0)
        {
            ReadRowPart(row++, (int)column, destination[..(head * size)]);
        }

        int rows = (count - head) / Columns;
        if (rows > 0)
        {
            ReadRows(row, rows, destination.Slice(head * size, rows * Columns * size));
        }

        Span<byte> tail = destination[((head + (rows * Columns)) * size)..];
        if (tail.Length > 0)
        {
            ReadRowPart(row + rows, 0, tail);
        }
    }

    private void ReadRowPart(long row, int column, Span<byte> destination)
    {
        int size = DataType.Size;
        for (int part = 0; destination.Length > 0; part++)
        {
            if (column >= _starts[part + 1])
            {
                continue;
            }

            int width = _starts[part + 1] - _starts[part];
            int offset = column - _starts[part];
            int length = Math.Min((width - offset) * size, destination.Length);
            _parts[part].Read((row * width) + offset, destination[..length]);
            destination = destination[length..];
            column += length / size;
        }
    }

    private void ReadRows(long firstRow, int rows, Span<byte> destination)
    {
        int size = DataType.Size;
        for (int part = 0; part < _parts.Count; part++)
        {
            int width = _starts[part + 1] - _starts[part];
            int count = rows * width;
            byte[]? rented = null;
            if (!_parts[part].TryGetSpan(firstRow * width, count, out ReadOnlySpan<byte> bytes))
            {
                rented = ArrayPool<byte>.Shared.Rent(count * size);
                _parts[part].Read(firstRow * width, rented.AsSpan(0, count * size));
                bytes = rented.AsSpan(0, count * size);
            }

            Place(bytes, width * size, destination[(_starts[part] * size)..], Columns * size, rows);
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Copies rows of <paramref name="width"/> bytes that follow each other to places <paramref name="stride"/> bytes apart.</summary>
    private static void Place(ReadOnlySpan<byte> source, int width, Span<byte> destination, int stride, int rows)
    {
        switch (width)
        {
            case 8:
                PlaceWords<ulong>(source, width, destination, stride, rows);
                break;
            case > 0 when width % 64 == 0:
                PlaceWords<Vector512<byte>>(source, width, destination, stride, rows);
                break;
            case > 0 when width % 32 == 0:
                PlaceWords<Vector256<byte>>(source, width, destination, stride, rows);
                break;
            case > 0 when width % 16 == 0:
                PlaceWords<Vector128<byte>>(source, width, destination, stride, rows);
                break;
            default:
                for (int row = 0; row < rows; row++)
                {
                    source.Slice(row * width, width).CopyTo(destination[(row * stride)..]);
                }

                break;
        }
    }

    // Rows are a few words long: a call of a general copy for each would cost more than the copy.
    private static void PlaceWords<TWord>(ReadOnlySpan<byte> source, int width, Span<byte> destination, int stride, int rows)
        where TWord : struct
    {
        int word = Unsafe.SizeOf<TWord>();
        ReadOnlySpan<byte> needed = source[..(rows * width)];
        Span<byte> placed = destination[..(((rows - 1) * stride) + width)];
        ref byte from = ref MemoryMarshal.GetReference(needed);
        ref byte to = ref MemoryMarshal.GetReference(placed);
        for (int row = 0; row < rows; row++)
        {
            for (int at = 0; at < width; at += word)
            {
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, (row * stride) + at), Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, (row * width) + at)));
            }
        }
    }
}
