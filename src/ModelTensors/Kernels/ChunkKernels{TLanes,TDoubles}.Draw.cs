using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Random draws, and what is kept by them.</content>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Draw(PhiloxKey key, long firstBlock, ushort* draws, int count)
    {
        TLanes lowHalf = TLanes.CreateBits(0xFFFF);
        PhiloxRoundKeys keys = new(key);
        for (int i = 0; i < count; i += PassKernels.Block, firstBlock++)
        {
            TLanes.Philox((ulong)firstBlock * Step, &keys, out TLanes word0, out TLanes word1, out TLanes word2, out TLanes word3);
            Split(word0, lowHalf, draws + i);
            Split(word1, lowHalf, draws + i + 32);
            Split(word2, lowHalf, draws + i + 64);
            Split(word3, lowHalf, draws + i + 96);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void KeepByRank(int* ranks, ushort* draws, float lowest, float step, ushort* kept, int count)
    {
        TLanes first = TLanes.Create(lowest);
        TLanes rise = TLanes.Create(step);
        for (int i = 0; i < count; i += Step)
        {
            TLanes draw = TLanes.ConvertBits(TLanes.LoadWords(draws + i));
            *kept++ = (ushort)~TLanes.MaskBits(TLanes.GreaterOrEqual(draw, Limit(ranks + i, first, rise)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void KeepByRank(int* ranks, ushort* draws, float lowest, float step, float* factors, int count)
    {
        TLanes first = TLanes.Create(lowest);
        TLanes rise = TLanes.Create(step);
        TLanes all = TLanes.Create(65536);
        for (int i = 0; i < count; i += Step)
        {
            TLanes draw = TLanes.ConvertBits(TLanes.LoadWords(draws + i));
            TLanes limit = Limit(ranks + i, first, rise);
            TLanes.Store(TLanes.AndNot(TLanes.Divide(all, limit), TLanes.GreaterOrEqual(draw, limit)), factors + i);
        }
    }

    // Adding and subtracting 2²³ rounds to an integer, for a float that large has no fraction. The bits of positive floats are ordered as they are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Limit(int* ranks, TLanes lowest, TLanes step)
    {
        TLanes integers = TLanes.Create(8_388_608);
        TLanes limit = TLanes.FusedMultiplyAdd(step, TLanes.ConvertBits(TLanes.Load((float*)ranks)), lowest);
        return TLanes.MaximumBits(TLanes.Subtract(TLanes.Add(limit, integers), integers), TLanes.Create(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(TLanes words, TLanes lowHalf, ushort* draws)
    {
        TLanes.StoreWords(TLanes.And(words, lowHalf), draws);
        TLanes.StoreWords(TLanes.ShiftBitsRight(words, 16), draws + Step);
    }
}
