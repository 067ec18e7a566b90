namespace ModelTensors.Kernels;

/// <summary>Converts whole spans between storage types and float.</summary>
internal static unsafe class Conversion
{
    /// <summary>Widens stored elements; <paramref name="destination"/> says how many.</summary>
    public static void Widen(ReadOnlySpan<byte> source, DataType type, Span<float> destination)
    {
        Require(source.Length >= destination.Length * type.Size);
        fixed (byte* from = source)
        fixed (float* to = destination)
        {
            ChunkKernels.Best.Widen(from, type, to, destination.Length);
        }
    }

    /// <summary>Rounds floats to stored elements; <paramref name="source"/> says how many.</summary>
    public static void Narrow(ReadOnlySpan<float> source, Span<byte> destination, DataType type)
    {
        Require(destination.Length >= source.Length * type.Size);
        fixed (float* from = source)
        fixed (byte* to = destination)
        {
            ChunkKernels.Best.Narrow(from, to, type, source.Length);
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
