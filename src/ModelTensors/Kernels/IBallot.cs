namespace ModelTensors.Kernels;

/// <summary>What a vote counts in an election; a type, so that the loop is compiled for it.</summary>
internal interface IBallot<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    static abstract TLanes Cast(TLanes vote);
}
