using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelRuntime.Decoders;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>Hashes that hold for every width of vectors: these tests also run with narrower ones.</summary>
[Category("Kernels")]
public sealed class MixtureWidthTests
{
    [TestCase("ffn", null, "8a1f3c3e2f9ebde7")]
    [TestCase("ffn", 7, "a1c7cb327281f740")]
    [TestCase("block", null, "8779b15070c9e64e")]
    [TestCase("model", 7, "a60b0e81b665ddd7")]
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
