using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>IEEE half precision, by integer arithmetic: .NET has no vector conversion that is fast on every processor.</summary>
internal readonly unsafe struct HalfFormat<TLanes> : IStorageFormat<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    public static int Size => sizeof(ushort);

    public static uint LargestRoundedFinite => 0x477F_EFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(void* source, int index)
    {
        TLanes words = TLanes.LoadWords((ushort*)source + index);
        TLanes sign = TLanes.ShiftBitsLeft(TLanes.And(words, TLanes.CreateBits(0x8000)), 16);
        TLanes magnitude = TLanes.And(words, TLanes.CreateBits(0x7FFF));
        TLanes shifted = TLanes.ShiftBitsLeft(magnitude, 13);

        // Normal numbers: the exponent's bias grows from 15 to 127.
        TLanes result = TLanes.AddBits(shifted, TLanes.CreateBits(112u << 23));

        // Subnormal numbers count units of 2^-24. The integer m becomes a float without a conversion as (2^23 + m) - 2^23, which
        // unlike a multiplication of the shifted bits never meets a subnormal float, on which some processors are slow.
        TLanes units = TLanes.Subtract(TLanes.Or(magnitude, TLanes.CreateBits(0x4B00_0000)), TLanes.CreateBits(0x4B00_0000));
        TLanes isNormal = TLanes.BitsGreater(magnitude, TLanes.CreateBits(0x03FF));
        result = TLanes.Select(isNormal, result, TLanes.Multiply(units, TLanes.CreateBits(0x3380_0000)));

        TLanes isSpecial = TLanes.BitsGreater(magnitude, TLanes.CreateBits(0x7BFF));
        result = TLanes.Select(isSpecial, TLanes.Or(shifted, TLanes.CreateBits(0x7F80_0000)), result);
        return TLanes.Or(result, sign);
    }

    public static bool SplitsByParity => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadFirstHalf(void* source, int index) => Load(source, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadSecondHalf(void* source, int index) => Load(source, index + ChunkKernels.Step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TLanes value, void* destination, int index)
    {
        TLanes magnitude = TLanes.And(value, TLanes.CreateBits(0x7FFF_FFFF));
        TLanes overflows = TLanes.BitsGreater(magnitude, TLanes.CreateBits(LargestRoundedFinite));
        TLanes result = TLanes.Select(overflows, TLanes.CreateBits(0x7C00), Round(magnitude));
        TLanes isNaN = TLanes.BitsGreater(magnitude, TLanes.CreateBits(0x7F80_0000));
        TLanes.StoreWords(TLanes.Or(TLanes.Select(isNaN, TLanes.CreateBits(0x7E00), result), Sign(value)), (ushort*)destination + index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFinite(TLanes value, void* destination, int index) =>
        TLanes.StoreWords(TLanes.Or(Round(TLanes.And(value, TLanes.CreateBits(0x7FFF_FFFF))), Sign(value)), (ushort*)destination + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Sign(TLanes value) => TLanes.AndNot(TLanes.ShiftBitsRight(value, 16), TLanes.CreateBits(0x7FFF));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Round(TLanes magnitude)
    {
        // Normal numbers, ties to even; the bias shrinks from 127 to 15.
        TLanes odd = TLanes.And(TLanes.ShiftBitsRight(magnitude, 13), TLanes.CreateBits(1));
        TLanes rounded = TLanes.AddBits(TLanes.AddBits(magnitude, TLanes.CreateBits(unchecked(0x0FFF - (112u << 23)))), odd);
        TLanes normal = TLanes.ShiftBitsRight(rounded, 13);

        // Below 2^-14: adding 0.5, whose last place is worth 2^-24, lets the adder round to units of a subnormal half.
        TLanes subnormal = TLanes.AddBits(TLanes.Add(magnitude, TLanes.Create(0.5f)), TLanes.CreateBits(unchecked(0u - 0x3F00_0000u)));
        return TLanes.Select(TLanes.BitsGreater(magnitude, TLanes.CreateBits(0x387F_FFFF)), normal, subnormal);
    }
}
