using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Comparing.</content>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles>
{
    public override uint Differences(float* left, float* right, float* destination, int count, out long changed)
    {
        uint* lanes = stackalloc uint[2 * Step];
        Differences(left, right, destination, count, lanes);
        changed = 0;
        uint largest = 0;
        for (int lane = 0; lane < Step; lane++)
        {
            changed += lanes[lane];
            largest = Math.Max(largest, lanes[Step + lane]);
        }

        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Differences(float* left, float* right, float* destination, int count, uint* lanes)
    {
        TLanes zero = TLanes.CreateBits(0);
        TLanes mask = TLanes.CreateBits(MagnitudeMask);
        TLanes counts = zero;
        TLanes largest = zero;
        for (int i = 0; i < count; i += Step)
        {
            TLanes from = TLanes.Load(left + i);
            TLanes to = TLanes.Load(right + i);

            // Equal infinities have no difference that could be computed, but they are equal.
            TLanes difference = TLanes.AndNot(TLanes.Subtract(to, from), TLanes.BitsEqual(to, from));
            TLanes magnitude = TLanes.And(difference, mask);
            counts = TLanes.CountGreater(counts, magnitude, zero);
            largest = TLanes.MaximumBits(largest, magnitude);
            TLanes.Store(difference, destination + i);
        }

        TLanes.Store(counts, (float*)lanes);
        TLanes.Store(largest, (float*)(lanes + Step));
    }
}
