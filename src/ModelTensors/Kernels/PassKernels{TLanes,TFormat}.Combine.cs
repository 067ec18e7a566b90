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

    public override bool Elect(void* origin, ElectionTerms* terms, ElectionRule rule, void* destination, int count) => rule.ByHead
        ? Elect<HeadBallot<TLanes>>(origin, terms, rule, destination, count)
        : Elect<SizeBallot<TLanes>>(origin, terms, rule, destination, count);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static bool Elect<TBallot>(void* origin, ElectionTerms* terms, ElectionRule rule, void* destination, int count)
        where TBallot : IBallot<TLanes>
    {
        float** votes = terms->Votes;
        float* values = terms->Values;
        float* divisors = terms->Divisors;
        nint voters = terms->Count;
        bool normalize = rule.Normalize;
        TLanes zero = TLanes.CreateBits(0);
        TLanes signBit = TLanes.CreateBits(~MagnitudeMask);
        TLanes factor = TLanes.Create(rule.Lambda);
        TLanes smallest = TLanes.Create(rule.SmallestDivisor);
        TLanes substitute = TLanes.Create(rule.Substitute);
        TLanes largest = zero;
        for (int i = 0; i < count; i += Step)
        {
            TLanes total = TBallot.Cast(TLanes.Load(votes[0] + i));
            for (nint j = 1; j < voters; j++)
            {
                total = TLanes.Add(total, TBallot.Cast(TLanes.Load(votes[j] + i)));
            }

            // Where minus was elected the votes' signs are flipped for the comparison, so that "agrees" always means "above zero". A NaN agrees with nothing.
            TLanes flip = TLanes.AndNot(signBit, TLanes.GreaterOrEqual(total, zero));
            TLanes mixed = zero;
            if (normalize)
            {
                TLanes divisor = zero;
                for (nint j = 0; j < voters; j++)
                {
                    TLanes vote = TLanes.Load(votes[j] + i);
                    TLanes flipped = TLanes.Xor(vote, flip);
                    mixed = TLanes.FusedMultiplyAdd(TLanes.Create(values[j]), TLanes.KeepPositive(vote, flipped), mixed);
                    divisor = TLanes.AddPositive(divisor, TLanes.Create(divisors[j]), flipped);
                }

                mixed = TLanes.Divide(mixed, TLanes.Select(TLanes.BitsGreater(Magnitude(divisor), smallest), divisor, substitute));
            }
            else
            {
                for (nint j = 0; j < voters; j++)
                {
                    TLanes vote = TLanes.Load(votes[j] + i);
                    mixed = TLanes.FusedMultiplyAdd(TLanes.Create(values[j]), TLanes.KeepPositive(vote, TLanes.Xor(vote, flip)), mixed);
                }
            }

            TLanes result = TLanes.FusedMultiplyAdd(factor, mixed, TFormat.Load(origin, i));
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite);
    }
}
