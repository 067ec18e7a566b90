using ModelTensors;

namespace ModelRuntime.Training;

/// <summary>Goes through the bytes of a tensor in pieces that fit into a buffer.</summary>
internal static class TensorPieces
{
    private const int Elements = 1 << 18;

    /// <summary>Does something with each piece, in order: it gets the index of the first element, and the bytes.</summary>
    public static void ForEach(TensorSource source, PieceAction action)
    {
        long count = source.Shape.ElementCount;
        byte[]? buffer = null;
        for (long start = 0; start < count; start += Elements)
        {
            int length = (int)Math.Min(Elements, count - start);
            if (source.TryGetSpan(start, length, out ReadOnlySpan<byte> lent))
            {
                action(start, lent);
            }
            else
            {
                buffer ??= new byte[Elements * source.DataType.Size];
                Span<byte> piece = buffer.AsSpan(0, length * source.DataType.Size);
                source.Read(start, piece);
                action(start, piece);
            }
        }
    }

    public delegate void PieceAction(long start, ReadOnlySpan<byte> bytes);
}
