using System.Buffers;
using System.Runtime.InteropServices;
using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>Factors one below the other, each times a number, in one type: computed while they are read, so that no stack is held in memory.</summary>
/// <remarks>A part of factor one and of the output's type is copied byte for byte; the others are widened to float, multiplied once and rounded once.</remarks>
internal sealed class StackedRowsSource : TensorSource
{
    // Elements of F64 that are widened at once: they stay in the first-level cache until they are multiplied.
    private const int Piece = 1 << 12;

    private readonly IReadOnlyList<(TensorSource Source, float Factor)> _parts;
    private readonly long[] _starts;

    /// <summary>Creates the stack.</summary>
    /// <param name="parts">The factors, [r_k, n] each, and what multiplies them.</param>
    /// <param name="columns">n.</param>
    /// <param name="type">The type of the stack.</param>
    public StackedRowsSource(IReadOnlyList<(TensorSource Source, float Factor)> parts, long columns, DataType type)
        : base(type, new TensorShape(parts.Sum(part => part.Source.Shape[0]), columns))
    {
        _parts = parts;
        _starts = new long[parts.Count + 1];
        for (int i = 0; i < parts.Count; i++)
        {
            _starts[i + 1] = _starts[i] + parts[i].Source.Shape.ElementCount;
        }
    }

    public override void Read(long start, Span<byte> destination)
    {
        int size = DataType.Size;
        int part = 0;
        while (destination.Length > 0)
        {
            while (start >= _starts[part + 1])
            {
                part++;
            }

            int count = (int)Math.Min(destination.Length / size, _starts[part + 1] - start);
            ReadPart(_parts[part].Source, _parts[part].Factor, start - _starts[part], destination[..(count * size)]);
            destination = destination[(count * size)..];
            start += count;
        }
    }

    private void ReadPart(TensorSource source, float factor, long start, Span<byte> destination)
    {
        if (factor.Equals(1f) && source.DataType == DataType)
        {
            if (source.TryGetSpan(start, destination.Length / DataType.Size, out ReadOnlySpan<byte> same))
            {
                same.CopyTo(destination);
            }
            else
            {
                source.Read(start, destination);
            }

            return;
        }

        int count = destination.Length / DataType.Size;
        byte[]? rented = null;
        if (!source.TryGetSpan(start, count, out ReadOnlySpan<byte> bytes))
        {
            rented = ArrayPool<byte>.Shared.Rent(count * source.DataType.Size);
            source.Read(start, rented.AsSpan(0, count * source.DataType.Size));
            bytes = rented.AsSpan(0, count * source.DataType.Size);
        }

        try
        {
            Scale(bytes, source.DataType, factor, destination, count);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private void Scale(ReadOnlySpan<byte> source, DataType type, float factor, Span<byte> destination, int count)
    {
        if (type != DataType.F64)
        {
            FloatConversion.Scale(source, type, factor, destination, DataType);
            return;
        }

        Span<float> values = stackalloc float[Math.Min(Piece, count)];
        for (int done = 0; done < count; done += Piece)
        {
            Span<float> piece = values[..Math.Min(Piece, count - done)];
            FloatConversion.Widen(source[(done * type.Size)..], type, piece);
            FloatConversion.Scale(MemoryMarshal.AsBytes(piece), DataType.F32, factor, destination.Slice(done * DataType.Size, piece.Length * DataType.Size), DataType);
        }
    }
}
