using System.Numerics;
using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Passes that depend on how far single elements are from the base.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    // The reference takes elements that are nearer than this as this far apart.
    private const float SmallestDistance = 1e-6f;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool CountActive(void* origin, void** inputs, int inputCount, float epsilon, long* unique, long* active, int count)
    {
        TLanes bound = TLanes.Create(epsilon);
        TLanes one = TLanes.CreateBits(1);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(origin, i);
            TLanes from = TFormat.Load(origin, i);
            TLanes differing = TLanes.CreateBits(0);
            for (int j = 0; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                TLanes magnitude = Magnitude(TLanes.Subtract(TFormat.Load(inputs[j], i), from));
                largest = TLanes.MaximumBits(largest, magnitude);
                differing = TLanes.CountGreater(differing, magnitude, bound);
            }

            uint alone = TLanes.FindEqual(differing, one);
            for (int j = 0; j < inputCount; j++)
            {
                uint differs = TLanes.FindGreater(Magnitude(TLanes.Subtract(TFormat.Load(inputs[j], i), from)), bound);
                active[j] += BitOperations.PopCount(differs);
                unique[j] += BitOperations.PopCount(differs & alone);
            }
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool ActiveMean(void* origin, void** inputs, float* scales, int inputCount, float epsilon, void* destination, int count)
    {
        TLanes bound = TLanes.Create(epsilon);
        TLanes zero = TLanes.CreateBits(0);
        TLanes one = TLanes.Create(1);
        TLanes largest = zero;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(origin, i);
            TLanes from = TFormat.Load(origin, i);
            TLanes differing = zero;
            TLanes sum = zero;
            TLanes scaled = zero;
            for (int j = 0; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                TLanes difference = TLanes.Subtract(TFormat.Load(inputs[j], i), from);
                TLanes magnitude = Magnitude(difference);
                TLanes kept = TLanes.KeepGreater(difference, magnitude, bound);
                sum = TLanes.Add(sum, kept);
                scaled = TLanes.FusedMultiplyAdd(TLanes.Create(scales[j]), kept, scaled);
                differing = TLanes.Add(differing, TLanes.KeepGreater(one, magnitude, bound));
            }

            // Where one differs its product is the only one that is not zero, so the sum of products is that product.
            TLanes mean = TLanes.Divide(sum, TLanes.Select(TLanes.BitsEqual(differing, zero), one, differing));
            TLanes result = TLanes.Add(from, TLanes.Select(TLanes.BitsEqual(differing, one), scaled, mean));
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool NearSwap(void* origin, void* input, float distance, void* destination, int count)
    {
        TLanes reach = TLanes.Create(distance);
        TLanes smallest = TLanes.Create(SmallestDistance);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(origin, i);
            Prefetch(input, i);
            TLanes from = TFormat.Load(origin, i);
            TLanes to = TFormat.Load(input, i);
            TLanes difference = TLanes.Subtract(to, from);

            // A NaN has the largest bits of all: it stays one, is never near, and reaches the result.
            TLanes apart = TLanes.MaximumBits(Magnitude(difference), smallest);
            TLanes moved = TLanes.FusedMultiplyAdd(TLanes.Divide(reach, apart), difference, from);
            TLanes result = TLanes.Select(TLanes.GreaterOrEqual(reach, apart), to, moved);
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }
}
