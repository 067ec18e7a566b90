using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <content>
/// Weighted deltas made sparse, in one go: the sparsifiers that most merges use. They give what a mask and <see cref="DeltaMasked"/> give, in less than
/// two thirds of the operations, which is what such a map is bound by.
/// </content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool DeltaMasked(void* input, void* origin, float weight, ushort* mask, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            largest = TLanes.MaximumBits(largest, Magnitude(delta));
            TLanes.Store(TLanes.KeepLanes(TLanes.Multiply(factor, delta), mask[(uint)i / Step]), destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool DeltaAbove(void* input, void* origin, float weight, int limit, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes bound = TLanes.CreateBits((uint)limit);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            TLanes magnitude = Magnitude(delta);
            largest = TLanes.MaximumBits(largest, magnitude);
            TLanes.Store(TLanes.KeepGreater(TLanes.Multiply(factor, delta), magnitude, bound), destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    // A tie at a threshold of zero changes nothing whether it is kept or not, so zeros behind the last element do no harm.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool DeltaAboveOrTied(void* input, void* origin, float weight, int limit, ref TieCursor ties, float* destination, int count)
    {
        if (!ties.FitsLanes || !Bmi2.IsSupported)
        {
            return DeltaAboveOrTiedByLane(input, origin, weight, limit, ref ties, destination, count);
        }

        fixed (TieResidues* residues = &ties.Residues)
        {
            bool finite = DeltaAboveOrTied(input, origin, weight, limit, residues, (uint)ties.State, destination, count, out uint met);
            ties.Skip(met);
            return finite;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool DeltaAboveOrTied(
        void* input, void* origin, float weight, int limit, TieResidues* ties, uint state, float* destination, int count, out uint met)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes bound = TLanes.CreateBits((uint)limit);
        TLanes total = TLanes.CreateBits(ties->Total);
        TLanes keep = TLanes.CreateBits(ties->Keep);
        TLanes stride = TLanes.CreateBits(ties->Stride);
        TLanes residues = FirstResidues(ties, state);
        TLanes largest = TLanes.CreateBits(0);
        ulong queue = 0;
        int queued = 0;

        // What is written through a reference would be stored and loaded again in every step.
        uint taken = 0;
        for (int i = 0; i < count; i += Step)
        {
            if (queued < Step)
            {
                Refill(ref queue, ref queued, ref residues, total, keep, stride);
            }

            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            TLanes magnitude = Magnitude(delta);
            largest = TLanes.MaximumBits(largest, magnitude);
            uint tied = TLanes.FindEqual(magnitude, bound);
            uint kept = Bmi2.ParallelBitDeposit((uint)queue, tied);
            int tiedCount = BitOperations.PopCount(tied);
            queue >>= tiedCount;
            queued -= tiedCount;
            taken += (uint)tiedCount;
            TLanes.Store(TLanes.KeepLanes(TLanes.Multiply(factor, delta), kept | TLanes.FindGreater(magnitude, bound)), destination + i);
        }

        met = taken;
        return NoneAbove(largest, LargestFinite);
    }

    /// <summary>The same tie by tie, for machines without bit deposits, and for more ties than 32 bits count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool DeltaAboveOrTiedByLane(
        void* input, void* origin, float weight, int limit, ref TieCursor ties, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes bound = TLanes.CreateBits((uint)limit);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            TLanes magnitude = Magnitude(delta);
            largest = TLanes.MaximumBits(largest, magnitude);
            uint keeps = ties.Keep(TLanes.FindEqual(magnitude, bound)) | TLanes.FindGreater(magnitude, bound);
            TLanes.Store(TLanes.KeepLanes(TLanes.Multiply(factor, delta), keeps), destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool DeltaRandom(
        void* input, void* origin, float weight, PhiloxKey key, long firstBlock, uint limit, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes largest = TLanes.CreateBits(0);

        // A draw in the upper half of a word is below the limit exactly when the word is at most this; one in the lower half is moved up first.
        TLanes bound = TLanes.CreateBits(unchecked((limit << 16) - 1));
        PhiloxRoundKeys keys = new(key);
        for (int i = 0; i < count; i += Block, firstBlock++)
        {
            TLanes.Philox((ulong)firstBlock * Step, &keys, out TLanes word0, out TLanes word1, out TLanes word2, out TLanes word3);
            largest = DeltaBelow(input, origin, i, factor, bound, word0, largest, destination);
            largest = DeltaBelow(input, origin, i + 32, factor, bound, word1, largest, destination);
            largest = DeltaBelow(input, origin, i + 64, factor, bound, word2, largest, destination);
            largest = DeltaBelow(input, origin, i + 96, factor, bound, word3, largest, destination);
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes DeltaBelow(
        void* input, void* origin, int i, TLanes factor, TLanes bound, TLanes draws, TLanes largest, float* destination)
    {
        Prefetch(input, i);
        Prefetch(origin, i);
        TLanes first = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
        TLanes second = TLanes.Subtract(TFormat.Load(input, i + Step), TFormat.Load(origin, i + Step));
        TLanes.Store(TLanes.KeepAtMost(TLanes.Multiply(factor, first), TLanes.ShiftBitsLeft(draws, 16), bound), destination + i);
        TLanes.Store(TLanes.KeepAtMost(TLanes.Multiply(factor, second), draws, bound), destination + i + Step);
        return TLanes.MaximumBits(largest, TLanes.MaximumBits(Magnitude(first), Magnitude(second)));
    }
}
