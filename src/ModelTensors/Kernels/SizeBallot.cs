using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>A vote counts as much as it is large.</summary>
internal readonly struct SizeBallot<TLanes> : IBallot<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Cast(TLanes vote) => vote;
}
