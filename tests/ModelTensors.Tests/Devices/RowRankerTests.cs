using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Devices;

/// <summary>The radix ranking against a stable sort.</summary>
public sealed class RowRankerTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 130), 1000, 4096, 11_008, 70_001];

    [Test]
    public void Rank_OfAnyLength_IsThatOfAStableSort([Values("tied", "zeros", "equal", "wide", "floats", "bfloat16", "one large", "high bits")] string kind)
    {
        RowRanker ranker = new();
        foreach (int length in Lengths)
        {
            Random random = new(length);
            uint[] keys = [.. Enumerable.Range(0, length).Select(i => kind switch
            {
                "tied" => (uint)random.Next(5),
                "zeros" => 0u,
                "equal" => 0x1234_5600u,
                "wide" => (uint)random.Next(),
                "floats" => BitConverter.SingleToUInt32Bits(random.NextSingle() * 0.01f),
                "bfloat16" => BitConverter.SingleToUInt32Bits(random.NextSingle() * 0.01f) & 0xFFFF_0000,
                "one large" => i == length / 2 ? 0x7FFF_FFFFu : 1u,
                _ => (uint)random.Next(2) << 30,
            })];
            uint[] ranks = [.. keys];

            ranker.Rank(ranks, new ulong[length], new ulong[length]);

            // OrderBy is stable: equal keys keep their order.
            uint[] expected = new uint[length];
            foreach ((int index, uint rank) in Enumerable.Range(0, length).OrderBy(i => keys[i]).Select((index, rank) => (index, (uint)rank)))
            {
                expected[index] = rank;
            }

            Assert.That(ranks.AsSpan().SequenceEqual(expected), $"{length}");
        }
    }
}
