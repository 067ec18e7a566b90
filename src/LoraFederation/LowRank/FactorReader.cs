using System.Buffers;
using System.Runtime.InteropServices;
using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>Reads factors, widened to float, into a part of a larger matrix.</summary>
internal static class FactorReader
{
    /// <summary>Takes a piece: the index of its first element, and the elements.</summary>
    public delegate void PieceAction(long start, ReadOnlySpan<float> values);

    // Elements that are read at once: enough for one read, little beside a factor.
    private const int Piece = 1 << 16;

    /// <summary>Copies a factor [r, …] to consecutive rows.</summary>
    public static void CopyRows(TensorSource factor, HostTensor target, int firstRow)
    {
        long offset = firstRow * target.Shape[1];
        ForEachPiece(factor, (start, values) => values.CopyTo(target.AsSpan<float>(offset + start, values.Length)));
    }

    /// <summary>Copies a factor [m, r, 1…] to consecutive columns.</summary>
    public static void CopyColumns(TensorSource factor, HostTensor target, int firstColumn)
    {
        int rank = (int)factor.Shape[1];
        long stride = target.Shape[1];
        ForEachPiece(factor, (start, values) =>
        {
            for (int done = 0; done < values.Length;)
            {
                (long row, long column) = Math.DivRem(start + done, rank);
                int count = (int)Math.Min(rank - column, values.Length - done);
                values.Slice(done, count).CopyTo(target.AsSpan<float>((row * stride) + firstColumn + column, count));
                done += count;
            }
        });
    }

    /// <summary>Reads a factor piece by piece, in order.</summary>
    public static void ForEachPiece(TensorSource factor, PieceAction action)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Piece * factor.DataType.Size);
        float[] values = ArrayPool<float>.Shared.Rent(Piece);
        try
        {
            long count = factor.Shape.ElementCount;
            for (long start = 0; start < count; start += Piece)
            {
                int length = (int)Math.Min(Piece, count - start);
                Span<byte> read = bytes.AsSpan(0, length * factor.DataType.Size);
                factor.Read(start, read);
                if (factor.DataType == DataType.F32)
                {
                    action(start, MemoryMarshal.Cast<byte, float>(read));
                    continue;
                }

                FloatConversion.Widen(read, factor.DataType, values.AsSpan(0, length));
                action(start, values.AsSpan(0, length));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<float>.Shared.Return(values);
        }
    }
}
