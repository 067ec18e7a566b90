using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Maps that combine sparse, weighted deltas with the base.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AddSum(void* origin, float** deltas, int deltaCount, void* destination, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            TLanes sum = TLanes.Load(deltas[0] + i);
            for (int j = 1; j < deltaCount; j++)
            {
                sum = TLanes.Add(sum, TLanes.Load(deltas[j] + i));
            }

            TLanes result = TLanes.Add(TFormat.Load(origin, i), sum);
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Elect(
        void* origin, float** deltas, float* weights, int deltaCount, bool normalize, float lambda, void* destination, int count)
    {
        TLanes zero = TLanes.CreateBits(0);
        TLanes one = TLanes.Create(1);
        TLanes signBit = TLanes.CreateBits(~MagnitudeMask);
        TLanes factor = TLanes.Create(lambda);
        TLanes largest = zero;
        for (int i = 0; i < count; i += Step)
        {
            TLanes total = TLanes.Load(deltas[0] + i);
            for (int j = 1; j < deltaCount; j++)
            {
                total = TLanes.Add(total, TLanes.Load(deltas[j] + i));
            }

            // Where minus was elected the deltas' signs are flipped for the comparison, so that "agrees" always means "above zero". A NaN agrees with nothing.
            TLanes flip = TLanes.AndNot(signBit, TLanes.GreaterOrEqual(total, zero));
            TLanes mixed = zero;
            if (normalize)
            {
                TLanes divisor = zero;
                for (int j = 0; j < deltaCount; j++)
                {
                    TLanes delta = TLanes.Load(deltas[j] + i);
                    TLanes flipped = TLanes.Xor(delta, flip);
                    mixed = TLanes.Add(mixed, TLanes.KeepPositive(delta, flipped));
                    divisor = TLanes.Add(divisor, TLanes.KeepPositive(TLanes.Create(weights[j]), flipped));
                }

                mixed = TLanes.Divide(mixed, TLanes.Select(TLanes.BitsEqual(divisor, zero), one, divisor));
            }
            else
            {
                for (int j = 0; j < deltaCount; j++)
                {
                    TLanes delta = TLanes.Load(deltas[j] + i);
                    mixed = TLanes.Add(mixed, TLanes.KeepPositive(delta, TLanes.Xor(delta, flip)));
                }
            }

            TLanes result = TLanes.FusedMultiplyAdd(factor, mixed, TFormat.Load(origin, i));
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }
}
