using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelRuntime.Decoders;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>Hashes that hold for every width of vectors: these tests also run with narrower ones.</summary>
[Category("Kernels")]
public sealed class MixtureWidthTests
{
    [TestCase("ffn", null, "378f71a71e409737")]
    [TestCase("ffn", 7, "5da679145cac32fc")]
    [TestCase("block", null, "5d33d35501b195ca")]
    [TestCase("model", 7, "a279c55c8581ba54")]
    public void Logits_AnyWidth_AreTheseBits(string level, int? routerHidden, string expected)
    {
        if (RuntimeInformation.RuntimeIdentifier is not "linux-x64")
        {
            Assert.Ignore($"The hashes are of linux-x64, whose sines, cosines and exponentials they contain; this is {RuntimeInformation.RuntimeIdentifier}.");
        }

        using DecoderModel model = new TinyMixture(level) { RouterHidden = routerHidden, Experts = 4 }.Load(threads: 2);
        float[] logits = TinyMixture.Logits(model, TokenBatch.Of(TinyMixture.Tokens(37, 1), TinyMixture.Tokens(90, 2)));
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(logits)))[..16], Is.EqualTo(expected));
    }
}
