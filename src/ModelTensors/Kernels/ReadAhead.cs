using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>Asks for memory before it is needed.</summary>
internal static unsafe class ReadAhead
{
    // Several streams share the hardware's own prefetching, which stops at each page; asking this far ahead keeps all of them going.
    private const int Distance = 2048;

    /// <summary>Asks for what lies some way behind an address. That may be beyond the tensor: prefetching never faults.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)address + Distance);
        }
    }
}
