using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Counting against a bracket. Each lane keeps its own counts.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool CountBracket(void* input, void* origin, int count, ref BracketCounts bracket, uint* inside, out int found)
    {
        uint* counts = stackalloc uint[3 * Step];
        found = 0;
        bool finite;
        if (bracket.Low == bracket.High)
        {
            finite = CountTies(input, origin, count, bracket.High, counts);
        }
        else if (TLanes.StoresManyAsFew)
        {
            finite = Collect(input, origin, count, bracket.Low, bracket.High, counts, inside, out int collected);
            SortOut(inside, collected, bracket.Low, bracket.High, counts, inside, out found);
        }
        else
        {
            finite = CountBracket(input, origin, count, bracket.Low, bracket.High, counts, inside, out found);
        }

        AddCounts(ref bracket, counts, -count & (Step - 1));
        return finite;
    }

    // bf16 differences often tie so much that both ends of a bracket meet: two comparisons, and nothing to collect.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool CountTies(void* input, void* origin, int count, uint limit, uint* counts)
    {
        TLanes bound = TLanes.CreateBits(limit);
        TLanes largest = TLanes.CreateBits(0);
        TLanes above = largest;
        TLanes equal = largest;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes bits = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, bits);
            above = TLanes.CountGreater(above, bits, bound);
            equal = TLanes.CountEqual(equal, bits, bound);
        }

        TLanes.Store(above, (float*)counts);
        TLanes.Store(equal, (float*)(counts + Step));
        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool CountBracket(
        void* input, void* origin, int count, uint lowest, uint highest, uint* counts, uint* inside, out int found)
    {
        TLanes low = TLanes.CreateBits(lowest);
        TLanes high = TLanes.CreateBits(highest);

        // Strictly inside, by one unsigned comparison: what lies below wraps around to the top.
        TLanes firstInside = TLanes.CreateBits(lowest + 1);
        TLanes width = TLanes.CreateBits(highest - lowest - 1);
        TLanes largest = TLanes.CreateBits(0);
        TLanes above = largest;
        TLanes atHigh = largest;
        TLanes atLow = largest;
        uint* next = inside;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes bits = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, bits);
            above = TLanes.CountGreater(above, bits, high);
            atHigh = TLanes.CountEqual(atHigh, bits, high);
            atLow = TLanes.CountEqual(atLow, bits, low);
            next += TLanes.StoreBelow(bits, TLanes.SubtractBits(bits, firstInside), width, next);
        }

        TLanes.Store(above, (float*)counts);
        TLanes.Store(atHigh, (float*)(counts + Step));
        TLanes.Store(atLow, (float*)(counts + (2 * Step)));
        found = (int)(next - inside);
        return NoneAbove(largest, LargestFinite);
    }

    /// <summary>Adds the lanes' counts, without the zeros that fill the last step: they are no elements, but a bracket that begins at zero has counted them.</summary>
    private static void AddCounts(ref BracketCounts bracket, uint* counts, int padding)
    {
        bracket.Above += SumLanes(counts);
        bracket.AtHigh += SumLanes(counts + Step) - (bracket.High == 0 ? padding : 0);
        if (bracket.Low != bracket.High)
        {
            bracket.AtLow += SumLanes(counts + (2 * Step)) - (bracket.Low == 0 ? padding : 0);
        }
    }

    private static long SumLanes(uint* lanes)
    {
        long sum = 0;
        for (int i = 0; i < Step; i++)
        {
            sum += lanes[i];
        }

        return sum;
    }
}
