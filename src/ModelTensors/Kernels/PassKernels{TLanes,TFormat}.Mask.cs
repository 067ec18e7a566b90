using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <content>Masks of what a selection keeps: sixteen bits for each step, lane 0 lowest.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MaskAbove(void* input, void* origin, int limit, ushort* mask, int count)
    {
        TLanes bound = TLanes.CreateBits((uint)limit);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes magnitude = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            mask[(uint)i / Step] = (ushort)TLanes.FindGreater(magnitude, bound);
        }
    }

    // Zeros behind the last element tie with a threshold of zero: they come after every element, so the decisions they take are nobody's.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MaskAboveOrTied(void* input, void* origin, int limit, ref TieCursor ties, ushort* mask, int count)
    {
        if (!ties.FitsLanes || !Bmi2.IsSupported)
        {
            MaskAboveOrTiedByLane(input, origin, limit, ref ties, mask, count);
            return;
        }

        fixed (TieResidues* residues = &ties.Residues)
        {
            ties.Skip(MaskAboveOrTied(input, origin, limit, residues, (uint)ties.State, mask, count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint MaskAboveOrTied(void* input, void* origin, int limit, TieResidues* ties, uint state, ushort* mask, int count)
    {
        TLanes bound = TLanes.CreateBits((uint)limit);
        TLanes total = TLanes.CreateBits(ties->Total);
        TLanes keep = TLanes.CreateBits(ties->Keep);
        TLanes stride = TLanes.CreateBits(ties->Stride);
        TLanes residues = FirstResidues(ties, state);
        ulong queue = 0;
        int queued = 0;
        uint met = 0;
        for (int i = 0; i < count; i += Step)
        {
            if (queued < Step)
            {
                Refill(ref queue, ref queued, ref residues, total, keep, stride);
            }

            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes magnitude = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            uint tied = TLanes.FindEqual(magnitude, bound);
            uint kept = Bmi2.ParallelBitDeposit((uint)queue, tied);
            int taken = BitOperations.PopCount(tied);
            queue >>= taken;
            queued -= taken;
            met += (uint)taken;
            mask[(uint)i / Step] = (ushort)(kept | TLanes.FindGreater(magnitude, bound));
        }

        return met;
    }

    /// <summary>The same tie by tie, for machines without bit deposits, and for more ties than 32 bits count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaskAboveOrTiedByLane(void* input, void* origin, int limit, ref TieCursor ties, ushort* mask, int count)
    {
        TLanes bound = TLanes.CreateBits((uint)limit);
        for (int i = 0; i < count; i += Step)
        {
            TLanes magnitude = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            mask[(uint)i / Step] = (ushort)(ties.Keep(TLanes.FindEqual(magnitude, bound)) | TLanes.FindGreater(magnitude, bound));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MaskRandom(PhiloxKey key, long firstBlock, uint limit, ushort* mask, int count)
    {
        // A draw in the upper half of a word is below the limit exactly when the word is at most this; one in the lower half is moved up first.
        TLanes bound = TLanes.CreateBits(unchecked((limit << 16) - 1));
        PhiloxRoundKeys keys = new(key);
        for (int i = 0; i < count; i += Block, firstBlock++, mask += Block / Step)
        {
            TLanes.Philox((ulong)firstBlock * Step, &keys, out TLanes word0, out TLanes word1, out TLanes word2, out TLanes word3);
            mask[0] = (ushort)TLanes.FindAtMost(TLanes.ShiftBitsLeft(word0, 16), bound);
            mask[1] = (ushort)TLanes.FindAtMost(word0, bound);
            mask[2] = (ushort)TLanes.FindAtMost(TLanes.ShiftBitsLeft(word1, 16), bound);
            mask[3] = (ushort)TLanes.FindAtMost(word1, bound);
            mask[4] = (ushort)TLanes.FindAtMost(TLanes.ShiftBitsLeft(word2, 16), bound);
            mask[5] = (ushort)TLanes.FindAtMost(word2, bound);
            mask[6] = (ushort)TLanes.FindAtMost(TLanes.ShiftBitsLeft(word3, 16), bound);
            mask[7] = (ushort)TLanes.FindAtMost(word3, bound);
        }
    }
}
