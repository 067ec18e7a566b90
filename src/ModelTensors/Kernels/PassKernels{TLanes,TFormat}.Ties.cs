using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>
/// Ties are decided by the dozen, because branches on single ones would be mispredicted: decisions wait as bits in a queue, from which a step takes as
/// many as it has ties and deposits them into the lanes that tie.
/// </content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    /// <summary>Returns the residues of the next sixteen ties.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes FirstResidues(TieResidues* ties, uint state)
    {
        TLanes residues = TLanes.AddBits(TLanes.Load((float*)ties->First), TLanes.CreateBits(state));
        return Reduce(residues, TLanes.CreateBits(ties->Total));
    }

    /// <summary>Makes the next decisions, three times sixteen, behind those that are left in a queue of fewer than sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Refill(ref ulong queue, ref int queued, ref TLanes residues, TLanes total, TLanes keep, TLanes stride)
    {
        for (int refill = 0; refill < TieResidues.Refills; refill++)
        {
            queue |= (ulong)TLanes.FindGreater(keep, residues) << queued;
            queued += Step;
            residues = Reduce(TLanes.AddBits(residues, stride), total);
        }
    }

    /// <summary>Reduces sums of two that are below the total: it is subtracted once, where that does not wrap around.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Reduce(TLanes sums, TLanes total) => TLanes.MinimumBits(sums, TLanes.SubtractBits(sums, total));
}
