using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>The dense maps with a weight for each element, and the differences of several inputs from one origin.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Differences(void* origin, void** inputs, int inputCount, float** destinations, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(origin, i);
            TLanes from = TFormat.Load(origin, i);
            for (int j = 0; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                TLanes difference = TLanes.Subtract(TFormat.Load(inputs[j], i), from);
                largest = TLanes.MaximumBits(largest, Magnitude(difference));
                TLanes.Store(difference, destinations[j] + i);
            }
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool WeightedSumEach(void** inputs, float** weights, int inputCount, void* destination, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(inputs[0], i);
            TLanes sum = TLanes.Multiply(TLanes.Load(weights[0] + i), TFormat.Load(inputs[0], i));
            for (int j = 1; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                sum = TLanes.FusedMultiplyAdd(TLanes.Load(weights[j] + i), TFormat.Load(inputs[j], i), sum);
            }

            largest = TLanes.MaximumBits(largest, Magnitude(sum));
            TFormat.StoreFinite(sum, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AddDeltasEach(void* origin, void** inputs, float** weights, int inputCount, void* destination, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(origin, i);
            Prefetch(inputs[0], i);
            TLanes from = TFormat.Load(origin, i);
            TLanes sum = TLanes.Multiply(TLanes.Load(weights[0] + i), TLanes.Subtract(TFormat.Load(inputs[0], i), from));
            for (int j = 1; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                sum = TLanes.FusedMultiplyAdd(TLanes.Load(weights[j] + i), TLanes.Subtract(TFormat.Load(inputs[j], i), from), sum);
            }

            TLanes result = TLanes.Add(from, sum);
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }
}
