using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>
/// Counting in two stages, where storing many lanes takes no longer than storing few: one over all elements, which counts what lies above a bracket and
/// collects what lies in it or on its ends, and one over those. Most elements are then compared twice, not four times.
/// </content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    // An eighth of a power of two: both brackets of a pair are taken to be as wide as the wider, and should still catch few elements.
    private const uint WidestPair = 1 << 20;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Collect(void* input, void* origin, int count, uint lowest, uint highest, uint* counts, uint* within, out int collected)
    {
        TLanes low = TLanes.CreateBits(lowest);
        TLanes high = TLanes.CreateBits(highest);
        TLanes width = TLanes.CreateBits(highest - lowest + 1);
        TLanes largest = TLanes.CreateBits(0);
        TLanes above = largest;
        uint* next = within;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes bits = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, bits);
            above = TLanes.CountGreater(above, bits, high);

            // What lies below wraps around to the top.
            next += TLanes.StoreBelow(bits, TLanes.SubtractBits(bits, low), width, next);
        }

        TLanes.Store(above, (float*)counts);
        collected = (int)(next - within);
        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool CollectPair(
        void* input, void* origin, int count, BracketCounts first, BracketCounts second, uint* counts, uint* within, out int collected)
    {
        TLanes lowFirst = TLanes.CreateBits(first.Low);
        TLanes highFirst = TLanes.CreateBits(first.High);
        TLanes lowSecond = TLanes.CreateBits(second.Low);
        TLanes highSecond = TLanes.CreateBits(second.High);
        TLanes width = TLanes.CreateBits(Math.Max(first.High - first.Low, second.High - second.Low) + 1);
        TLanes largest = TLanes.CreateBits(0);
        TLanes aboveFirst = largest;
        TLanes aboveSecond = largest;
        uint* next = within;
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes bits = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, bits);
            aboveFirst = TLanes.CountGreater(aboveFirst, bits, highFirst);
            aboveSecond = TLanes.CountGreater(aboveSecond, bits, highSecond);
            TLanes distance = TLanes.MinimumBits(TLanes.SubtractBits(bits, lowFirst), TLanes.SubtractBits(bits, lowSecond));
            next += TLanes.StoreBelow(bits, distance, width, next);
        }

        TLanes.Store(aboveFirst, (float*)counts);
        TLanes.Store(aboveSecond, (float*)(counts + (PairCounts / 2 * Step)));
        collected = (int)(next - within);
        return NoneAbove(largest, LargestFinite);
    }

    /// <summary>Counts what is collected on the ends of a bracket and keeps what is strictly inside, which may take the place of the collection.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SortOut(uint* within, int collected, uint lowest, uint highest, uint* counts, uint* inside, out int found)
    {
        TLanes low = TLanes.CreateBits(lowest);
        TLanes high = TLanes.CreateBits(highest);
        TLanes firstInside = TLanes.CreateBits(lowest + 1);
        TLanes width = TLanes.CreateBits(lowest == highest ? 0 : highest - lowest - 1);
        TLanes atHigh = TLanes.CreateBits(0);
        TLanes atLow = atHigh;
        uint* next = inside;

        // No magnitude fills the last step, which is on no end and inside nothing.
        TLanes.Store(TLanes.CreateBits(uint.MaxValue), (float*)(within + collected));
        for (int i = 0; i < collected; i += Step)
        {
            TLanes bits = TLanes.Load((float*)(within + i));
            atHigh = TLanes.CountEqual(atHigh, bits, high);
            atLow = TLanes.CountEqual(atLow, bits, low);
            next += TLanes.StoreBelow(bits, TLanes.SubtractBits(bits, firstInside), width, next);
        }

        TLanes.Store(atHigh, (float*)(counts + Step));
        TLanes.Store(atLow, (float*)(counts + (2 * Step)));
        found = (int)(next - inside);
    }
}
