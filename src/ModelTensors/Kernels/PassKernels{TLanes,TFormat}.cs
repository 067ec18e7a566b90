using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>The kernels of element-wise passes for one vector width and storage type.</summary>
/// <typeparam name="TLanes">Sixteen floats.</typeparam>
/// <typeparam name="TFormat">The storage type.</typeparam>
/// <remarks>
/// A loop that is to keep its vectors in registers has a method to itself, without calls or stack buffers: the JIT's calling convention saves no
/// vector register, so one call in a method sends what lives across it to memory in the loop as well.
/// </remarks>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>(GramKernels gram) : PassKernels
    where TLanes : unmanaged, ILanes<TLanes>
    where TFormat : IStorageFormat<TLanes>
{
    private const int Step = ChunkKernels.Step;
    private const uint MagnitudeMask = 0x7FFF_FFFF;

    // The largest finite magnitude: bits above it are an infinity or NaN.
    private const uint LargestFinite = 0x7F7F_FFFF;

    public override int ElementSize => TFormat.Size;

    public override GramKernels Gram { get; } = gram;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(void* elements, int index) => ReadAhead.Prefetch((byte*)elements + ((nint)index * TFormat.Size));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Magnitude(TLanes value) => TLanes.And(value, TLanes.CreateBits(MagnitudeMask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool NoneAbove(TLanes magnitudes, uint limit) => TLanes.FindGreater(magnitudes, TLanes.CreateBits(limit)) == 0;
}
