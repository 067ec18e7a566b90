using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed class PhiloxTests
{
    private static readonly PhiloxKey Key = Philox.DeriveKey(42, "model.norm.weight", "a");

    // Known answers of the authors' Random123 library.
    [TestCase(0ul, 0ul, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(ulong.MaxValue, ulong.MaxValue, uint.MaxValue, uint.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0x85a308d3_243f6a88ul, 0x03707344_13198a2eul, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Block_OfAKnownCounter_GivesTheKnownAnswer(ulong low, ulong high, uint key0, uint key1, uint word0, uint word1, uint word2, uint word3) =>
        Assert.That(Philox.Block(low, high, new PhiloxKey(key0, key1)), Is.EqualTo((word0, word1, word2, word3)));

    [Test]
    public void Draw_OfTheFirstElements_IsFrozen()
    {
        ushort[] draws = [.. Enumerable.Range(0, 4096).Select(i => Philox.Draw(i + (1L << 33), Key))];

        // A change of this hash changes every model that was ever merged with a random mask.
        Assert.That(Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(draws.AsSpan())))[..16], Is.EqualTo("1C937FD60FB6D6DA"));
    }

    [TestCase(0.1)]
    [TestCase(0.5)]
    [TestCase(0.9)]
    public void Draw_BelowALimit_HappensAsOftenAsItShould(double density)
    {
        const int count = 1_000_000;
        int limit = (int)Math.Round(density * 65536);
        int kept = Enumerable.Range(0, count).Count(i => Philox.Draw(i, Key) < limit);
        Assert.That(kept, Is.EqualTo(count * density).Within(5 * Math.Sqrt(count * density * (1 - density))));
    }

    [Test]
    public void Draws_OfOtherModelsTensorsAndSeeds_AreUncorrelated()
    {
        const int count = 200_000;
        PhiloxKey[] keys = [Key, Philox.DeriveKey(42, "model.norm.weight", "b"), Philox.DeriveKey(42, "lm_head.weight", "a"), Philox.DeriveKey(43, "model.norm.weight", "a")];
        double[][] draws = [.. keys.Select(key => Enumerable.Range(0, count).Select(i => Philox.Draw(i, key) / 65536.0 - 0.5).ToArray())];
        for (int a = 0; a < keys.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                // Uniform variables of variance 1/12: the mean product has a standard deviation of 1/12 / sqrt(n).
                double mean = draws[a].Zip(draws[b], (x, y) => x * y).Average();
                Assert.That(mean, Is.Zero.Within(5.0 / 12 / Math.Sqrt(count)));
            }
        }
    }
}
