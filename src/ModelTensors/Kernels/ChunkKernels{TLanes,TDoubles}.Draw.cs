using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Random draws.</content>
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(TLanes words, TLanes lowHalf, ushort* draws)
    {
        TLanes.StoreWords(TLanes.And(words, lowHalf), draws);
        TLanes.StoreWords(TLanes.ShiftBitsRight(words, 16), draws + Step);
    }
}
