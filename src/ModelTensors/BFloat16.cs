using System.Runtime.CompilerServices;

namespace ModelTensors;

/// <summary>A bfloat16 number: the upper 16 bits of a float. A storage format; compute in float.</summary>
/// <remarks>.NET 11 brings a type of its own; this one is the size of its bits, so that it can be swapped.</remarks>
internal readonly record struct BFloat16(ushort Bits)
{
    /// <summary>Rounds a float to the nearest bfloat16, ties to even; a NaN stays a quiet NaN with its sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16 FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // Rounding up a NaN's mantissa could carry into an infinity: keep the upper half and set the quiet bit instead.
        return (bits & 0x7FFF_FFFF) > 0x7F80_0000
            ? new BFloat16((ushort)((bits >> 16) | 0x0040))
            : new BFloat16((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>Widens to float; exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);
}
