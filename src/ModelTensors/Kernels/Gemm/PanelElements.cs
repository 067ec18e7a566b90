using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>A storage type that packing widens to float, exactly.</summary>
/// <remarks>Invariant of the loads: the caller has checked that all the elements of the vector lie inside the matrix. No alignment is assumed.</remarks>
internal unsafe interface IPanelElement
{
    /// <summary>Gets the size of an element in bytes.</summary>
    static abstract int Size { get; }

    static abstract float Load(byte* source);

    static abstract Vector128<float> Load128(byte* source);

    static abstract Vector256<float> Load256(byte* source);
}

/// <summary>Floats, as they are.</summary>
internal readonly unsafe struct F32Element : IPanelElement
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* source) => Unsafe.ReadUnaligned<float>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(byte* source) => Vector128.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source) => Vector256.Load((float*)source);
}

/// <summary>bfloat16: the upper half of a float, so a shift widens it.</summary>
internal readonly unsafe struct BF16Element : IPanelElement
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* source) => new BFloat16(Unsafe.ReadUnaligned<ushort>(source)).ToSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(byte* source) => (PanelElements.Widen4(source) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source) => (PanelElements.Widen8(source) << 16).AsSingle();
}

/// <summary>IEEE half precision, widened with integers and one exact subtraction.</summary>
/// <remarks>
/// <para>Exponent and mantissa move up by 13 bits and the exponent is rebiased from 15 to 127 by adding 112. Two exponents are special:</para>
/// <para>31 (infinity and NaN) gets 112 more, so that it becomes 255; a NaN keeps its payload.</para>
/// <para>0 (zero and subnormals) gets one more, which makes it <c>2^-14 + mantissa * 2^-24</c>, a normal float; subtracting 2^-14 is exact
/// and leaves the value. No operand is a subnormal float, which the processor would handle in slow microcode.</para>
/// </remarks>
internal readonly unsafe struct F16Element : IPanelElement
{
    private const uint ShiftedExponent = 0x7C00u << 13;
    private const uint Rebias = 112u << 23;
    private const uint OneExponent = 1u << 23;
    private const float SmallestNormal = 1f / (1 << 14);

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* source) => Widen(Vector128.CreateScalar((uint)Unsafe.ReadUnaligned<ushort>(source))).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(byte* source) => Widen(PanelElements.Widen4(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source)
    {
        Vector256<uint> half = PanelElements.Widen8(source);
        Vector256<uint> sign = (half & Vector256.Create(0x8000u)) << 16;
        Vector256<uint> magnitude = (half & Vector256.Create(0x7FFFu)) << 13;
        Vector256<uint> exponent = magnitude & Vector256.Create(ShiftedExponent);
        Vector256<uint> special = Vector256.Equals(exponent, Vector256.Create(ShiftedExponent)) & Vector256.Create(Rebias);
        Vector256<uint> normal = magnitude + Vector256.Create(Rebias) + special;
        Vector256<float> small = (normal + Vector256.Create(OneExponent)).AsSingle() - Vector256.Create(SmallestNormal);
        Vector256<uint> isSmall = Vector256.Equals(exponent, Vector256<uint>.Zero);
        return (Vector256.ConditionalSelect(isSmall, small.AsUInt32(), normal) | sign).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Widen(Vector128<uint> half)
    {
        Vector128<uint> sign = (half & Vector128.Create(0x8000u)) << 16;
        Vector128<uint> magnitude = (half & Vector128.Create(0x7FFFu)) << 13;
        Vector128<uint> exponent = magnitude & Vector128.Create(ShiftedExponent);
        Vector128<uint> special = Vector128.Equals(exponent, Vector128.Create(ShiftedExponent)) & Vector128.Create(Rebias);
        Vector128<uint> normal = magnitude + Vector128.Create(Rebias) + special;
        Vector128<float> small = (normal + Vector128.Create(OneExponent)).AsSingle() - Vector128.Create(SmallestNormal);
        Vector128<uint> isSmall = Vector128.Equals(exponent, Vector128<uint>.Zero);
        return (Vector128.ConditionalSelect(isSmall, small.AsUInt32(), normal) | sign).AsSingle();
    }
}

/// <summary>Loads that the 16-bit types share.</summary>
internal static unsafe class PanelElements
{
    /// <summary>Reads 4 unsigned 16-bit integers, 8 bytes and no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Widen4(byte* source) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsUInt16());

    /// <summary>Reads 8 unsigned 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Widen8(byte* source)
    {
        Vector128<ushort> half = Vector128.Load((ushort*)source);
        return Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(half).AsUInt32()
            : Vector256.Create(Vector128.WidenLower(half), Vector128.WidenUpper(half));
    }
}
