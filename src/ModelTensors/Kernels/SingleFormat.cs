using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>Floats as they are.</summary>
internal readonly unsafe struct SingleFormat<TLanes> : IStorageFormat<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    public static int Size => sizeof(float);

    public static uint LargestRoundedFinite => 0x7F7F_FFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(void* source, int index) => TLanes.Load((float*)source + index);

    public static bool SplitsByParity => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadFirstHalf(void* source, int index) => Load(source, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadSecondHalf(void* source, int index) => Load(source, index + ChunkKernels.Step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TLanes value, void* destination, int index) => TLanes.Store(value, (float*)destination + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFinite(TLanes value, void* destination, int index) => TLanes.Store(value, (float*)destination + index);
}
