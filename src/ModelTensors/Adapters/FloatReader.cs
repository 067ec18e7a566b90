using System.Buffers;
using System.Runtime.InteropServices;

namespace ModelTensors.Adapters;

/// <summary>Reads elements of any floating-point type as floats.</summary>
internal static class FloatReader
{
    // Elements that are widened at once: enough for one read, little beside a tile.
    private const int Piece = 1 << 14;

    /// <summary>Reads a run of elements.</summary>
    /// <param name="source">The tensor.</param>
    /// <param name="start">The index of the first element.</param>
    /// <param name="destination">Receives the bytes of the floats; a whole number of them.</param>
    /// <returns>The destination as floats.</returns>
    /// <exception cref="ArgumentException">The bytes are not a whole number of floats.</exception>
    public static Span<float> Read(TensorSource source, long start, Span<byte> destination)
    {
        if (destination.Length % sizeof(float) != 0)
        {
            throw new ArgumentException($"{destination.Length} bytes are not a whole number of {DataType.F32} elements.", nameof(destination));
        }

        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        if (source.DataType == DataType.F32)
        {
            source.Read(start, destination);
            return values;
        }

        int size = source.DataType.Size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(values.Length, Piece) * size);
        try
        {
            for (int done = 0; done < values.Length; done += Piece)
            {
                Span<float> piece = values.Slice(done, Math.Min(Piece, values.Length - done));
                Span<byte> bytes = buffer.AsSpan(0, piece.Length * size);
                source.Read(start + done, bytes);
                FloatConversion.Widen(bytes, source.DataType, piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return values;
    }

    /// <summary>Reads a small tensor in full.</summary>
    public static float[] ReadAll(TensorSource source)
    {
        float[] values = new float[source.Shape.ElementCount];
        Read(source, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
