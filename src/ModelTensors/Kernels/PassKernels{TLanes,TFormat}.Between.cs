using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <content>Weighted deltas between two thresholds.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    // Ties at a lower limit of zero change nothing whether they are kept or not, so zeros behind the last element do no harm.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool DeltaBetween(
        void* input, void* origin, float weight, int low, int high, ref TieCursor lowTies, ref TieCursor highTies, float* destination, int count)
    {
        // Where both limits are one, its ties are decided by both cursors together; where they are neighbours, nothing lies between.
        if (high - low < 2 || !lowTies.FitsLanes || !highTies.FitsLanes || !Bmi2.IsSupported)
        {
            return DeltaBetweenByLane(input, origin, weight, low, high, ref lowTies, ref highTies, destination, count);
        }

        fixed (TieResidues* lowResidues = &lowTies.Residues, highResidues = &highTies.Residues)
        {
            TiePair ties = new() { Low = lowResidues, LowState = (uint)lowTies.State, High = highResidues, HighState = (uint)highTies.State };
            bool finite = DeltaBetween(input, origin, weight, low, high, &ties, destination, count);
            lowTies.Skip(ties.LowMet);
            highTies.Skip(ties.HighMet);
            return finite;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool DeltaBetween(void* input, void* origin, float weight, int low, int high, TiePair* ties, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes lowest = TLanes.CreateBits((uint)low);
        TLanes highest = TLanes.CreateBits((uint)high);

        // Strictly between, by one unsigned comparison: what is not above the lower limit wraps around to the top.
        TLanes first = TLanes.CreateBits((uint)low + 1);
        TLanes last = TLanes.CreateBits((uint)(high - low) - 2);
        TLanes lowTotal = TLanes.CreateBits(ties->Low->Total);
        TLanes lowKeep = TLanes.CreateBits(ties->Low->Keep);
        TLanes lowStride = TLanes.CreateBits(ties->Low->Stride);
        TLanes lowResidues = FirstResidues(ties->Low, ties->LowState);
        TLanes highTotal = TLanes.CreateBits(ties->High->Total);
        TLanes highKeep = TLanes.CreateBits(ties->High->Keep);
        TLanes highStride = TLanes.CreateBits(ties->High->Stride);
        TLanes highResidues = FirstResidues(ties->High, ties->HighState);
        TLanes largest = TLanes.CreateBits(0);
        ulong lowQueue = 0;
        ulong highQueue = 0;
        int lowQueued = 0;
        int highQueued = 0;
        uint lowMet = 0;
        uint highMet = 0;
        for (int i = 0; i < count; i += Step)
        {
            if (lowQueued < Step)
            {
                Refill(ref lowQueue, ref lowQueued, ref lowResidues, lowTotal, lowKeep, lowStride);
            }

            if (highQueued < Step)
            {
                Refill(ref highQueue, ref highQueued, ref highResidues, highTotal, highKeep, highStride);
            }

            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            TLanes magnitude = Magnitude(delta);
            largest = TLanes.MaximumBits(largest, magnitude);
            uint lowTied = TLanes.FindEqual(magnitude, lowest);
            uint highTied = TLanes.FindEqual(magnitude, highest);

            // The selection above the higher limit keeps its ties from this one.
            uint kept = TLanes.FindAtMost(TLanes.SubtractBits(magnitude, first), last)
                | Bmi2.ParallelBitDeposit((uint)lowQueue, lowTied) | Bmi2.ParallelBitDeposit(~(uint)highQueue, highTied);
            int lowCount = BitOperations.PopCount(lowTied);
            int highCount = BitOperations.PopCount(highTied);
            lowQueue >>= lowCount;
            lowQueued -= lowCount;
            lowMet += (uint)lowCount;
            highQueue >>= highCount;
            highQueued -= highCount;
            highMet += (uint)highCount;
            TLanes.Store(TLanes.KeepLanes(TLanes.Multiply(factor, delta), kept), destination + i);
        }

        ties->LowMet = lowMet;
        ties->HighMet = highMet;
        return NoneAbove(largest, LargestFinite);
    }

    /// <summary>The same tie by tie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool DeltaBetweenByLane(
        void* input, void* origin, float weight, int low, int high, ref TieCursor lowTies, ref TieCursor highTies, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes lowest = TLanes.CreateBits((uint)low);
        TLanes highest = TLanes.CreateBits((uint)high);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            TLanes magnitude = Magnitude(delta);
            largest = TLanes.MaximumBits(largest, magnitude);
            uint kept = lowTies.Keep(TLanes.FindEqual(magnitude, lowest)) | TLanes.FindGreater(magnitude, lowest);
            uint dropped = highTies.Keep(TLanes.FindEqual(magnitude, highest)) | TLanes.FindGreater(magnitude, highest);
            TLanes.Store(TLanes.KeepLanes(TLanes.Multiply(factor, delta), kept & ~dropped), destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    /// <summary>The ties at both limits, and how many of each a chunk has.</summary>
    private struct TiePair
    {
        public TieResidues* Low;
        public TieResidues* High;
        public uint LowState;
        public uint HighState;
        public uint LowMet;
        public uint HighMet;
    }
}
