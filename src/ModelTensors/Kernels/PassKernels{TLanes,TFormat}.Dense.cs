using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>
/// Maps that read every element once. A result with a non-finite term is not finite, whatever the weights: looking at the results misses nothing.
/// </content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool WeightedSum(void** inputs, float* weights, int inputCount, void* destination, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += 2 * Step)
        {
            Prefetch(inputs[0], i);
            TLanes weight = TLanes.Create(weights[0]);
            TLanes first = TLanes.Multiply(weight, TFormat.Load(inputs[0], i));
            TLanes second = TLanes.Multiply(weight, TFormat.Load(inputs[0], i + Step));
            for (int j = 1; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                weight = TLanes.Create(weights[j]);
                first = TLanes.FusedMultiplyAdd(weight, TFormat.Load(inputs[j], i), first);
                second = TLanes.FusedMultiplyAdd(weight, TFormat.Load(inputs[j], i + Step), second);
            }

            largest = TLanes.MaximumBits(largest, TLanes.MaximumBits(Magnitude(first), Magnitude(second)));
            TFormat.StoreFinite(first, destination, i);
            TFormat.StoreFinite(second, destination, i + Step);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AddDeltas(void* origin, void** inputs, float* weights, int inputCount, void* destination, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += 2 * Step)
        {
            Prefetch(origin, i);
            Prefetch(inputs[0], i);
            TLanes fromFirst = TFormat.Load(origin, i);
            TLanes fromSecond = TFormat.Load(origin, i + Step);
            TLanes weight = TLanes.Create(weights[0]);
            TLanes first = TLanes.Multiply(weight, TLanes.Subtract(TFormat.Load(inputs[0], i), fromFirst));
            TLanes second = TLanes.Multiply(weight, TLanes.Subtract(TFormat.Load(inputs[0], i + Step), fromSecond));
            for (int j = 1; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                weight = TLanes.Create(weights[j]);
                first = TLanes.FusedMultiplyAdd(weight, TLanes.Subtract(TFormat.Load(inputs[j], i), fromFirst), first);
                second = TLanes.FusedMultiplyAdd(weight, TLanes.Subtract(TFormat.Load(inputs[j], i + Step), fromSecond), second);
            }

            first = TLanes.Add(fromFirst, first);
            second = TLanes.Add(fromSecond, second);
            largest = TLanes.MaximumBits(largest, TLanes.MaximumBits(Magnitude(first), Magnitude(second)));
            TFormat.StoreFinite(first, destination, i);
            TFormat.StoreFinite(second, destination, i + Step);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }
}
