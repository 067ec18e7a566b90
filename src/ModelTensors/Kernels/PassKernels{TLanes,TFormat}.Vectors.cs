using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>The dense maps with a weight for each element, and the differences of several inputs from one origin.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    private const uint ExponentMask = 0x7F80_0000;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Differences(void* origin, void** inputs, int inputCount, float** destinations, int count)
    {
        // Exponents are collected bit by bit, at half the cost of finding the largest magnitude: they can be all ones only if some number is NaN,
        // infinite, or 2 and more. Differences of weights seldom are; then each is looked at.
        TLanes bits = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += 2 * Step)
        {
            Prefetch(origin, i);
            TLanes fromFirst = TFormat.Load(origin, i);
            TLanes fromSecond = TFormat.Load(origin, i + Step);
            for (int j = 0; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                TLanes first = TLanes.Subtract(TFormat.Load(inputs[j], i), fromFirst);
                TLanes second = TLanes.Subtract(TFormat.Load(inputs[j], i + Step), fromSecond);
                bits = TLanes.Or(bits, TLanes.Or(first, second));
                float* destination = destinations[j] + i;
                TLanes.Store(first, destination);
                TLanes.Store(second, destination + Step);
            }
        }

        TLanes exponent = TLanes.CreateBits(ExponentMask);
        return TLanes.FindEqual(TLanes.And(bits, exponent), exponent) == 0 || AreFinite(destinations, inputCount, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreFinite(float** vectors, int vectorCount, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int j = 0; j < vectorCount; j++)
        {
            for (int i = 0; i < count; i += Step)
            {
                largest = TLanes.MaximumBits(largest, Magnitude(TLanes.Load(vectors[j] + i)));
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
