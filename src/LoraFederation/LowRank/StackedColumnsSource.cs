using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    private unsafe void ReadRows(long firstRow, int rows, Span<byte> destination)
    {
        // Parts that lie in memory are read where they are; the others are read side by side into one buffer first.
        byte*[] sources = new byte*[_parts.Count];
        int[] widths = new int[_parts.Count];
        int missing = 0;
        for (int part = 0; part < _parts.Count; part++)
        {
            int width = _starts[part + 1] - _starts[part];
            widths[part] = width * DataType.Size;
            if (_parts[part].TryGetSpan(firstRow * width, rows * width, out ReadOnlySpan<byte> bytes))
            {
                // Sources lend memory that does not move.
                sources[part] = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
            }
            else
            {
                missing += rows * widths[part];
            }
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(missing);
        fixed (byte* buffer = rented)
        {
            int used = 0;
            for (int part = 0; part < _parts.Count; part++)
            {
                if (sources[part] is null)
                {
                    int length = rows * widths[part];
                    _parts[part].Read(firstRow * (widths[part] / DataType.Size), rented.AsSpan(used, length));
                    sources[part] = buffer + used;
                    used += length;
                }
            }

            ColumnInterleave.Run(sources, widths, destination, rows);
        }

        ArrayPool<byte>.Shared.Return(rented);
    }
}
