using System.Runtime.InteropServices;

namespace ModelTensors.Kernels;

/// <summary>Widens storage types to float and rounds floats to storage types.</summary>
internal static class Conversion
{
    public static void Widen(ReadOnlySpan<byte> source, DataType type, Span<float> destination)
    {
        switch (type)
        {
            case DataType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case DataType.BF16:
                ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = new BFloat16(bits[i]).ToSingle();
                }

                break;
            default:
                throw new NotSupportedException($"{type} does not widen to float.");
        }
    }

    public static void Narrow(ReadOnlySpan<float> source, Span<byte> destination, DataType type)
    {
        switch (type)
        {
            case DataType.F32:
                source.CopyTo(MemoryMarshal.Cast<byte, float>(destination));
                break;
            case DataType.BF16:
                Span<ushort> bits = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++)
                {
                    bits[i] = BFloat16.FromSingle(source[i]).Bits;
                }

                break;
            default:
                throw new NotSupportedException($"Floats do not round to {type}.");
        }
    }
}
