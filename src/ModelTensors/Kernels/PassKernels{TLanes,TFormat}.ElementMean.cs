using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>The mean by weights of single elements.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    // Dividing each weight by their sum, rather than the sum of products, keeps statistics of 1e-30 as good as those of 1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool ElementMean(
        void** inputs, void** statistics, float* weights, float* shares, int inputCount, void* destination, int count)
    {
        TLanes zero = TLanes.CreateBits(0);
        TLanes largest = zero;
        TLanes largestStatistic = zero;
        for (int i = 0; i < count; i += Step)
        {
            TLanes divisor = zero;
            for (int j = 0; j < inputCount; j++)
            {
                Prefetch(statistics[j], i);
                TLanes statistic = TFormat.Load(statistics[j], i);
                largestStatistic = TLanes.MaximumBits(largestStatistic, statistic);
                divisor = TLanes.FusedMultiplyAdd(TLanes.Create(weights[j]), statistic, divisor);
            }

            TLanes isZero = TLanes.BitsEqual(divisor, zero);
            Prefetch(inputs[0], i);
            TLanes first = TFormat.Load(inputs[0], i);
            TLanes result = first;
            for (int j = 1; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                TLanes own = TLanes.Divide(TLanes.Multiply(TLanes.Create(weights[j]), TFormat.Load(statistics[j], i)), divisor);
                TLanes share = TLanes.Select(isZero, TLanes.Create(shares[j]), own);
                result = TLanes.FusedMultiplyAdd(share, TLanes.Subtract(TFormat.Load(inputs[j], i), first), result);
            }

            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        // A sign bit makes negative statistics larger than every finite one.
        bool isFinite = NoneAbove(largest, TFormat.LargestRoundedFinite);
        return NoneAbove(TLanes.ShiftBitsRight(largestStatistic, 1), LargestFinite >> 1) && isFinite;
    }
}
