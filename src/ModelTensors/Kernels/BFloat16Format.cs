using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>bfloat16: the upper half of a float.</summary>
internal readonly unsafe struct BFloat16Format<TLanes> : IStorageFormat<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    public static int Size => sizeof(ushort);

    public static uint LargestRoundedFinite => 0x7F7F_7FFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(void* source, int index) => TLanes.ShiftBitsLeft(TLanes.LoadWords((ushort*)source + index), 16);

    public static bool SplitsByParity => true;

    // As one vector of words: those of even index are the lower halves of its integers, those of odd index the upper.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadFirstHalf(void* source, int index) => TLanes.ShiftBitsLeft(TLanes.Load((float*)((ushort*)source + index)), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadSecondHalf(void* source, int index) => TLanes.And(TLanes.Load((float*)((ushort*)source + index)), TLanes.CreateBits(0xFFFF_0000));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TLanes value, void* destination, int index)
    {
        // Rounding up a NaN's mantissa could carry into an infinity: it keeps its upper half instead, made quiet.
        TLanes magnitude = TLanes.And(value, TLanes.CreateBits(0x7FFF_FFFF));
        TLanes isNaN = TLanes.BitsGreater(magnitude, TLanes.CreateBits(0x7F80_0000));
        TLanes quiet = TLanes.Or(TLanes.ShiftBitsRight(value, 16), TLanes.CreateBits(0x0040));
        TLanes.StoreWords(TLanes.Select(isNaN, quiet, Round(value)), (ushort*)destination + index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFinite(TLanes value, void* destination, int index) => TLanes.StoreWords(Round(value), (ushort*)destination + index);

    // Adds half a unit in the last place, less one bit where the result would be even already: ties go to even.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Round(TLanes value)
    {
        TLanes odd = TLanes.And(TLanes.ShiftBitsRight(value, 16), TLanes.CreateBits(1));
        return TLanes.ShiftBitsRight(TLanes.AddBits(TLanes.AddBits(value, TLanes.CreateBits(0x7FFF)), odd), 16);
    }
}
