using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Counting against two brackets at once: the differences are computed once.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    private const int PairCounts = 6;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool CountBrackets(
        void* input, void* origin, int count, ref BracketCounts first, ref BracketCounts second, uint* insideFirst, uint* insideSecond, out int foundFirst, out int foundSecond)
    {
        uint* counts = stackalloc uint[PairCounts * Step];
        foundFirst = 0;
        foundSecond = 0;
        bool finite;
        if (first.Low == first.High && second.Low == second.High)
        {
            finite = CountTies(input, origin, count, first.High, second.High, counts);
        }
        else if (TLanes.StoresManyAsFew && Math.Max(first.High - first.Low, second.High - second.Low) < WidestPair)
        {
            uint* countsSecond = counts + (PairCounts / 2 * Step);
            finite = CollectPair(input, origin, count, first, second, counts, insideFirst, out int collected);
            SortOut(insideFirst, collected, second.Low, second.High, countsSecond, insideSecond, out foundSecond);
            SortOut(insideFirst, collected, first.Low, first.High, counts, insideFirst, out foundFirst);
        }
        else
        {
            finite = CountPair(input, origin, count, first, second, counts, insideFirst, insideSecond, out foundFirst, out foundSecond);
        }

        AddCounts(ref first, counts, -count & (Step - 1));
        AddCounts(ref second, counts + (PairCounts / 2 * Step), -count & (Step - 1));
        return finite;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool CountTies(void* input, void* origin, int count, uint limitFirst, uint limitSecond, uint* counts)
    {
        TLanes boundFirst = TLanes.CreateBits(limitFirst);
        TLanes boundSecond = TLanes.CreateBits(limitSecond);
        TLanes largest = TLanes.CreateBits(0);
        TLanes aboveFirst = largest;
        TLanes equalFirst = largest;
        TLanes aboveSecond = largest;
        TLanes equalSecond = largest;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes bits = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, bits);
            aboveFirst = TLanes.CountGreater(aboveFirst, bits, boundFirst);
            equalFirst = TLanes.CountEqual(equalFirst, bits, boundFirst);
            aboveSecond = TLanes.CountGreater(aboveSecond, bits, boundSecond);
            equalSecond = TLanes.CountEqual(equalSecond, bits, boundSecond);
        }

        TLanes.Store(aboveFirst, (float*)counts);
        TLanes.Store(equalFirst, (float*)(counts + Step));
        TLanes.Store(aboveSecond, (float*)(counts + (3 * Step)));
        TLanes.Store(equalSecond, (float*)(counts + (4 * Step)));
        return NoneAbove(largest, LargestFinite);
    }

    // Where only one bracket's ends meet, nothing is inside it and the other comparison goes on; both ends count the same then.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool CountPair(
        void* input, void* origin, int count, BracketCounts first, BracketCounts second, uint* counts, uint* insideFirst, uint* insideSecond, out int foundFirst, out int foundSecond)
    {
        TLanes lowFirst = TLanes.CreateBits(first.Low);
        TLanes highFirst = TLanes.CreateBits(first.High);
        TLanes lowSecond = TLanes.CreateBits(second.Low);
        TLanes highSecond = TLanes.CreateBits(second.High);
        TLanes startFirst = TLanes.CreateBits(first.Low + 1);
        TLanes widthFirst = TLanes.CreateBits(first.Low == first.High ? 0 : first.High - first.Low - 1);
        TLanes startSecond = TLanes.CreateBits(second.Low + 1);
        TLanes widthSecond = TLanes.CreateBits(second.Low == second.High ? 0 : second.High - second.Low - 1);
        TLanes largest = TLanes.CreateBits(0);
        TLanes aboveFirst = largest;
        TLanes atHighFirst = largest;
        TLanes atLowFirst = largest;
        TLanes aboveSecond = largest;
        TLanes atHighSecond = largest;
        TLanes atLowSecond = largest;
        uint* nextFirst = insideFirst;
        uint* nextSecond = insideSecond;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes bits = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, bits);
            aboveFirst = TLanes.CountGreater(aboveFirst, bits, highFirst);
            atHighFirst = TLanes.CountEqual(atHighFirst, bits, highFirst);
            atLowFirst = TLanes.CountEqual(atLowFirst, bits, lowFirst);
            aboveSecond = TLanes.CountGreater(aboveSecond, bits, highSecond);
            atHighSecond = TLanes.CountEqual(atHighSecond, bits, highSecond);
            atLowSecond = TLanes.CountEqual(atLowSecond, bits, lowSecond);
            nextFirst += TLanes.StoreBelow(bits, TLanes.SubtractBits(bits, startFirst), widthFirst, nextFirst);
            nextSecond += TLanes.StoreBelow(bits, TLanes.SubtractBits(bits, startSecond), widthSecond, nextSecond);
        }

        TLanes.Store(aboveFirst, (float*)counts);
        TLanes.Store(atHighFirst, (float*)(counts + Step));
        TLanes.Store(atLowFirst, (float*)(counts + (2 * Step)));
        TLanes.Store(aboveSecond, (float*)(counts + (3 * Step)));
        TLanes.Store(atHighSecond, (float*)(counts + (4 * Step)));
        TLanes.Store(atLowSecond, (float*)(counts + (5 * Step)));
        foundFirst = (int)(nextFirst - insideFirst);
        foundSecond = (int)(nextSecond - insideSecond);
        return NoneAbove(largest, LargestFinite);
    }
}
