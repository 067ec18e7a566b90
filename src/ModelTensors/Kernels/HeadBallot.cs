using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>A vote counts plus or minus one; zero abstains, and so does a NaN.</summary>
internal readonly struct HeadBallot<TLanes> : IBallot<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Cast(TLanes vote)
    {
        TLanes one = TLanes.Create(1);
        TLanes opposite = TLanes.Xor(vote, TLanes.CreateBits(0x8000_0000));
        return TLanes.Subtract(TLanes.KeepPositive(one, vote), TLanes.KeepPositive(one, opposite));
    }
}
