using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Maps that combine sparse task vectors with the base. What masks drop is looked at too: a NaN that is dropped is still one.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AddSparse(void* origin, void** inputs, ushort** masks, float* weights, int inputCount, void* destination, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        TLanes largestDelta = largest;
        for (int i = 0; i < count; i += Step)
        {
            TLanes from = TFormat.Load(origin, i);
            TLanes sum = TLanes.CreateBits(0);
            for (int j = 0; j < inputCount; j++)
            {
                TLanes delta = TLanes.Subtract(TFormat.Load(inputs[j], i), from);
                largestDelta = TLanes.MaximumBits(largestDelta, Magnitude(delta));
                sum = TLanes.FusedMultiplyAdd(TLanes.Create(weights[j]), TLanes.KeepLanes(delta, masks[j][i / Step]), sum);
            }

            TLanes result = TLanes.Add(from, sum);
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite) && NoneAbove(largestDelta, LargestFinite);
    }

    public override bool Elect(void* origin, ElectionTerms* terms, ElectionRule rule, void* destination, int count) => rule.ByHead
        ? Elect<HeadBallot<TLanes>>(origin, terms, rule, destination, count)
        : Elect<SizeBallot<TLanes>>(origin, terms, rule, destination, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Elect<TBallot>(void* origin, ElectionTerms* terms, ElectionRule rule, void* destination, int count)
        where TBallot : IBallot<TLanes>
    {
        void** inputs = terms->Inputs;
        ushort** masks = terms->Masks;
        float* voteFactors = terms->Votes;
        float* values = terms->Values;
        float* divisors = terms->Divisors;
        float* votes = terms->Scratch;
        nint voters = terms->Count;
        bool normalize = rule.Normalize;
        TLanes zero = TLanes.CreateBits(0);
        TLanes signBit = TLanes.CreateBits(~MagnitudeMask);
        TLanes factor = TLanes.Create(rule.Lambda);
        TLanes smallest = TLanes.Create(rule.SmallestDivisor);
        TLanes substitute = TLanes.Create(rule.Substitute);
        TLanes largest = zero;
        TLanes largestDelta = zero;
        for (int i = 0; i < count; i += Step)
        {
            TLanes from = TFormat.Load(origin, i);
            TLanes total = zero;
            for (nint j = 0; j < voters; j++)
            {
                TLanes delta = TLanes.Subtract(TFormat.Load(inputs[j], i), from);
                largestDelta = TLanes.MaximumBits(largestDelta, Magnitude(delta));
                TLanes vote = TLanes.KeepLanes(TLanes.Multiply(TLanes.Create(voteFactors[j]), delta), masks[j][i / Step]);
                TLanes.Store(vote, votes + (j * Step));
                total = TLanes.Add(total, TBallot.Cast(vote));
            }

            // Where minus was elected the votes' signs are flipped for the comparison, so that "agrees" always means "above zero". A NaN agrees with nothing.
            TLanes flip = TLanes.AndNot(signBit, TLanes.GreaterOrEqual(total, zero));
            TLanes mixed = zero;
            if (normalize)
            {
                TLanes divisor = zero;
                for (nint j = 0; j < voters; j++)
                {
                    TLanes vote = TLanes.Load(votes + (j * Step));
                    TLanes flipped = TLanes.Xor(vote, flip);
                    mixed = TLanes.FusedMultiplyAdd(TLanes.Create(values[j]), TLanes.KeepPositive(vote, flipped), mixed);
                    divisor = TLanes.Add(divisor, TLanes.KeepPositive(TLanes.Create(divisors[j]), flipped));
                }

                mixed = TLanes.Divide(mixed, TLanes.Select(TLanes.BitsGreater(Magnitude(divisor), smallest), divisor, substitute));
            }
            else
            {
                for (nint j = 0; j < voters; j++)
                {
                    TLanes vote = TLanes.Load(votes + (j * Step));
                    mixed = TLanes.FusedMultiplyAdd(TLanes.Create(values[j]), TLanes.KeepPositive(vote, TLanes.Xor(vote, flip)), mixed);
                }
            }

            TLanes result = TLanes.FusedMultiplyAdd(factor, mixed, from);
            largest = TLanes.MaximumBits(largest, Magnitude(result));
            TFormat.StoreFinite(result, destination, i);
        }

        return NoneAbove(largest, TFormat.LargestRoundedFinite) && NoneAbove(largestDelta, LargestFinite);
    }
}
