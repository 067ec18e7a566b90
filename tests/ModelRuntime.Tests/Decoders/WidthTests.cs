using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;

namespace ModelRuntime.Tests.Decoders;

/// <summary>Hashes that hold for every width of vectors: these tests also run with narrower ones.</summary>
[Category("Kernels")]
public sealed class WidthTests
{
    [TestCase("qwen2", "169581412506e6fb")]
    [TestCase("llama3", "6af28aba1e2507f9")]
    [TestCase("llama2", "47e277dc7cdcf095")]
    [TestCase("mistral", "4b5c609de4d2fc18")]
    [TestCase("qwen3", "681b6e0b120f6062")]
    public void LogitsAndGradients_AnyWidth_AreTheseBits(string name, string expected)
    {
        if (RuntimeInformation.RuntimeIdentifier is not "linux-x64")
        {
            Assert.Ignore($"The hashes are of linux-x64, whose sines and cosines they contain; this is {RuntimeInformation.RuntimeIdentifier}.");
        }

        using DecoderModel model = DecoderModel.Load(Goldens.Variant(name), new RuntimeOptions { Threads = 2 });
        int[][] sequences = [InvarianceTests.Tokens(37, 1), InvarianceTests.Tokens(150, 2)];
        TokenBatch batch = TokenBatch.Of([.. sequences.Select(sequence => (ReadOnlyMemory<int>)sequence)]);
        using DecoderOutput output = model.Forward(batch);
        IReadOnlyList<Parameter> parameters = model.TrainAll();
        model.AddGradients(batch, [.. sequences.SelectMany(sequence => sequence.Skip(1).Append(-1))], 0.01);
        float[] all = [.. output.Logits.ToSingles(), .. parameters.SelectMany(parameter => parameter.Gradient.ToSingles())];
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(all)))[..16], Is.EqualTo(expected));
    }
}
