using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>
/// The loops. Each number of vectors has its own, because sums stay in registers only as variables. The last time round a loop subtracts the last
/// elements once more, for nothing: that is cheaper than to ask.
/// </content>
internal sealed unsafe partial class GramKernels<TLanes, TDoubles, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOfTwo(void* origin, int originMask, void** inputs, float* slots, double* sums, int count)
    {
        void* first = inputs[0];
        void* second = inputs[1];
        TDoubles sum00 = TDoubles.Load(sums);
        TDoubles sum01 = TDoubles.Load(sums + Step);
        TDoubles sum11 = TDoubles.Load(sums + (2 * Step));
        TLanes fromFirst = TFormat.LoadFirstHalf(origin, 0);
        TLanes fromSecond = TFormat.LoadSecondHalf(origin, 0);
        Subtract(first, 0, fromFirst, fromSecond, slots);
        Subtract(second, 0, fromFirst, fromSecond, slots + Pair);
        for (int i = 0; i < count; i += Pair)
        {
            float* ready = slots + ((i & Pair) * MostVectors);
            float* next = slots + (SlotLength - ((i & Pair) * MostVectors));
            int ahead = Math.Min(i + Pair, count - Pair);
            Prefetch(origin, i & originMask);
            fromFirst = TFormat.LoadFirstHalf(origin, ahead & originMask);
            fromSecond = TFormat.LoadSecondHalf(origin, ahead & originMask);
            Subtract(first, ahead, fromFirst, fromSecond, next);
            Subtract(second, ahead, fromFirst, fromSecond, next + Pair);
            for (float* place = ready; place < ready + (2 * Advance); place += Advance)
            {
                TDoubles a = TDoubles.LoadSingles(place, place + Upper);
                TDoubles b = TDoubles.LoadSingles(place + Pair, place + Pair + Upper);
                sum00 = TDoubles.AddProduct(sum00, a, a);
                sum01 = TDoubles.AddProduct(sum01, a, b);
                sum11 = TDoubles.AddProduct(sum11, b, b);
            }
        }

        TDoubles.Store(sum00, sums);
        TDoubles.Store(sum01, sums + Step);
        TDoubles.Store(sum11, sums + (2 * Step));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOfThree(void* origin, int originMask, void** inputs, float* slots, double* sums, int count)
    {
        void* first = inputs[0];
        void* second = inputs[1];
        void* third = inputs[2];
        TDoubles sum00 = TDoubles.Load(sums);
        TDoubles sum01 = TDoubles.Load(sums + Step);
        TDoubles sum11 = TDoubles.Load(sums + (2 * Step));
        TDoubles sum02 = TDoubles.Load(sums + (3 * Step));
        TDoubles sum12 = TDoubles.Load(sums + (4 * Step));
        TDoubles sum22 = TDoubles.Load(sums + (5 * Step));
        TLanes fromFirst = TFormat.LoadFirstHalf(origin, 0);
        TLanes fromSecond = TFormat.LoadSecondHalf(origin, 0);
        Subtract(first, 0, fromFirst, fromSecond, slots);
        Subtract(second, 0, fromFirst, fromSecond, slots + Pair);
        Subtract(third, 0, fromFirst, fromSecond, slots + (2 * Pair));
        for (int i = 0; i < count; i += Pair)
        {
            float* ready = slots + ((i & Pair) * MostVectors);
            float* next = slots + (SlotLength - ((i & Pair) * MostVectors));
            int ahead = Math.Min(i + Pair, count - Pair);
            Prefetch(origin, i & originMask);
            fromFirst = TFormat.LoadFirstHalf(origin, ahead & originMask);
            fromSecond = TFormat.LoadSecondHalf(origin, ahead & originMask);
            Subtract(first, ahead, fromFirst, fromSecond, next);
            Subtract(second, ahead, fromFirst, fromSecond, next + Pair);
            Subtract(third, ahead, fromFirst, fromSecond, next + (2 * Pair));
            for (float* place = ready; place < ready + (2 * Advance); place += Advance)
            {
                TDoubles a = TDoubles.LoadSingles(place, place + Upper);
                TDoubles b = TDoubles.LoadSingles(place + Pair, place + Pair + Upper);
                TDoubles c = TDoubles.LoadSingles(place + (2 * Pair), place + (2 * Pair) + Upper);
                sum00 = TDoubles.AddProduct(sum00, a, a);
                sum01 = TDoubles.AddProduct(sum01, a, b);
                sum11 = TDoubles.AddProduct(sum11, b, b);
                sum02 = TDoubles.AddProduct(sum02, a, c);
                sum12 = TDoubles.AddProduct(sum12, b, c);
                sum22 = TDoubles.AddProduct(sum22, c, c);
            }
        }

        TDoubles.Store(sum00, sums);
        TDoubles.Store(sum01, sums + Step);
        TDoubles.Store(sum11, sums + (2 * Step));
        TDoubles.Store(sum02, sums + (3 * Step));
        TDoubles.Store(sum12, sums + (4 * Step));
        TDoubles.Store(sum22, sums + (5 * Step));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOfFour(void* origin, int originMask, void** inputs, float* slots, double* sums, int count)
    {
        void* first = inputs[0];
        void* second = inputs[1];
        void* third = inputs[2];
        void* fourth = inputs[3];
        TDoubles sum00 = TDoubles.Load(sums);
        TDoubles sum01 = TDoubles.Load(sums + Step);
        TDoubles sum11 = TDoubles.Load(sums + (2 * Step));
        TDoubles sum02 = TDoubles.Load(sums + (3 * Step));
        TDoubles sum12 = TDoubles.Load(sums + (4 * Step));
        TDoubles sum22 = TDoubles.Load(sums + (5 * Step));
        TDoubles sum03 = TDoubles.Load(sums + (6 * Step));
        TDoubles sum13 = TDoubles.Load(sums + (7 * Step));
        TDoubles sum23 = TDoubles.Load(sums + (8 * Step));
        TDoubles sum33 = TDoubles.Load(sums + (9 * Step));
        TLanes fromFirst = TFormat.LoadFirstHalf(origin, 0);
        TLanes fromSecond = TFormat.LoadSecondHalf(origin, 0);
        Subtract(first, 0, fromFirst, fromSecond, slots);
        Subtract(second, 0, fromFirst, fromSecond, slots + Pair);
        Subtract(third, 0, fromFirst, fromSecond, slots + (2 * Pair));
        Subtract(fourth, 0, fromFirst, fromSecond, slots + (3 * Pair));
        for (int i = 0; i < count; i += Pair)
        {
            float* ready = slots + ((i & Pair) * MostVectors);
            float* next = slots + (SlotLength - ((i & Pair) * MostVectors));
            int ahead = Math.Min(i + Pair, count - Pair);
            Prefetch(origin, i & originMask);
            fromFirst = TFormat.LoadFirstHalf(origin, ahead & originMask);
            fromSecond = TFormat.LoadSecondHalf(origin, ahead & originMask);
            Subtract(first, ahead, fromFirst, fromSecond, next);
            Subtract(second, ahead, fromFirst, fromSecond, next + Pair);
            Subtract(third, ahead, fromFirst, fromSecond, next + (2 * Pair));
            Subtract(fourth, ahead, fromFirst, fromSecond, next + (3 * Pair));
            for (float* place = ready; place < ready + (2 * Advance); place += Advance)
            {
                TDoubles a = TDoubles.LoadSingles(place, place + Upper);
                TDoubles b = TDoubles.LoadSingles(place + Pair, place + Pair + Upper);
                TDoubles c = TDoubles.LoadSingles(place + (2 * Pair), place + (2 * Pair) + Upper);
                TDoubles d = TDoubles.LoadSingles(place + (3 * Pair), place + (3 * Pair) + Upper);
                sum00 = TDoubles.AddProduct(sum00, a, a);
                sum01 = TDoubles.AddProduct(sum01, a, b);
                sum11 = TDoubles.AddProduct(sum11, b, b);
                sum02 = TDoubles.AddProduct(sum02, a, c);
                sum12 = TDoubles.AddProduct(sum12, b, c);
                sum22 = TDoubles.AddProduct(sum22, c, c);
                sum03 = TDoubles.AddProduct(sum03, a, d);
                sum13 = TDoubles.AddProduct(sum13, b, d);
                sum23 = TDoubles.AddProduct(sum23, c, d);
                sum33 = TDoubles.AddProduct(sum33, d, d);
            }
        }

        TDoubles.Store(sum00, sums);
        TDoubles.Store(sum01, sums + Step);
        TDoubles.Store(sum11, sums + (2 * Step));
        TDoubles.Store(sum02, sums + (3 * Step));
        TDoubles.Store(sum12, sums + (4 * Step));
        TDoubles.Store(sum22, sums + (5 * Step));
        TDoubles.Store(sum03, sums + (6 * Step));
        TDoubles.Store(sum13, sums + (7 * Step));
        TDoubles.Store(sum23, sums + (8 * Step));
        TDoubles.Store(sum33, sums + (9 * Step));
    }

    // Sixteen elements of a vector in their order: of its two halves in a slot the first and the last eight of either, or one half.
    private static int Advance
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.SplitsByParity ? Half : Step;
    }

    private static int Upper
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.SplitsByParity ? Step : Half;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract(void* input, int index, TLanes fromFirst, TLanes fromSecond, float* destination)
    {
        Prefetch(input, index);
        TLanes.Store(TLanes.Subtract(TFormat.LoadFirstHalf(input, index), fromFirst), destination);
        TLanes.Store(TLanes.Subtract(TFormat.LoadSecondHalf(input, index), fromSecond), destination + Step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(void* elements, int index) => ReadAhead.Prefetch((byte*)elements + ((nint)index * TFormat.Size));
}
