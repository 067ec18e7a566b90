using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Weighted deltas, made sparse by what was decided for each element before.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool DeltaScaled(void* input, void* origin, float weight, float* factors, float* destination, int count)
    {
        TLanes common = TLanes.Create(weight);
        TLanes zero = TLanes.CreateBits(0);
        TLanes largest = zero;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes own = TLanes.Load(factors + i);
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            largest = TLanes.MaximumBits(largest, Magnitude(delta));
            TLanes.Store(TLanes.KeepGreater(TLanes.Multiply(TLanes.Multiply(common, own), delta), own, zero), destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }
}
