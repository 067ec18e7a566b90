using ModelTensors.Kernels;

namespace ModelTensors;

/// <summary>Converts whole spans between storage types and float.</summary>
public static unsafe class FloatConversion
{
    /// <summary>Widens stored elements exactly; F64 is rounded once to nearest even.</summary>
    /// <param name="source">The little-endian elements; as many as the destination has, or more.</param>
    /// <param name="type">The type they are stored in: a floating-point type.</param>
    /// <param name="destination">Receives the floats; its length says how many.</param>
    /// <exception cref="ArgumentException">The bytes are fewer than the elements need.</exception>
    public static void Widen(ReadOnlySpan<byte> source, DataType type, Span<float> destination)
    {
        Require(source.Length >= (long)destination.Length * type.Size);
        fixed (byte* from = source)
        fixed (float* to = destination)
        {
            ChunkKernels.Best.Widen(from, type, to, destination.Length);
        }
    }

    /// <summary>Rounds floats to stored elements, once to nearest even.</summary>
    /// <param name="source">The floats; its length says how many.</param>
    /// <param name="destination">Receives the little-endian elements.</param>
    /// <param name="type">The type to store: F16, BF16, F32 or F64.</param>
    /// <exception cref="ArgumentException">The bytes are fewer than the elements need.</exception>
    public static void Narrow(ReadOnlySpan<float> source, Span<byte> destination, DataType type)
    {
        Require(destination.Length >= (long)source.Length * type.Size);
        fixed (float* from = source)
        fixed (byte* to = destination)
        {
            ChunkKernels.Best.Narrow(from, to, type, source.Length);
        }
    }

    /// <summary>Multiplies stored elements by a number in float, and rounds the products once to nearest even.</summary>
    /// <param name="source">The little-endian elements.</param>
    /// <param name="type">Their type: F16, BF16 or F32.</param>
    /// <param name="factor">The number.</param>
    /// <param name="destination">Receives the products; may be <paramref name="source"/> itself where both types have one size.</param>
    /// <param name="output">Their type: F16, BF16 or F32; its size and the length of <paramref name="destination"/> say how many.</param>
    /// <exception cref="ArgumentException">The source is shorter.</exception>
    /// <exception cref="NotSupportedException">A type is not one of those.</exception>
    public static void Scale(ReadOnlySpan<byte> source, DataType type, float factor, Span<byte> destination, DataType output)
    {
        int count = destination.Length / output.Size;
        Require(source.Length >= (long)count * type.Size);
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            ChunkKernels.Best.Scale(from, type, factor, to, output, count);
        }
    }

    private static void Require(bool fits)
    {
        if (!fits)
        {
            throw new ArgumentException("The bytes are fewer than the elements need.");
        }
    }
}
