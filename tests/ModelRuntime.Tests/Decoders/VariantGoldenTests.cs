using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders;

/// <summary>Logits and hidden states of the untrained variants, each of which has something that the others do not.</summary>
[Category("Kernels")]
public sealed class VariantGoldenTests
{
    [Test]
    public void Forward_GoldenCase_MatchesReference(
        [Values("qwen2", "llama3", "llama2", "mistral", "qwen3")] string name, [Values("single", "left", "right")] string test)
    {
        using Checkpoint values = Checkpoint.Open(Path.Combine(Goldens.Root, "variants", "goldens.safetensors"));
        using DecoderModel model = DecoderModel.Load(Goldens.Variant(name), new RuntimeOptions { Threads = 2 });
        Compare(model, values, $"{name}.{test}.");
    }

    [Test]
    public void Forward_LongerOriginalContext_MatchesReference()
    {
        using Checkpoint values = Checkpoint.Open(Path.Combine(Goldens.Root, "variants", "goldens.safetensors"));
        using Checkpoint checkpoint = Checkpoint.Open(Goldens.Variant("llama3"));
        System.Text.Json.Nodes.JsonObject document = checkpoint.Config!.ToDocument();
        document["rope_scaling"]!["original_max_position_embeddings"] = 256;
        MemoryTensorSet changed = new(new ModelConfig(document));
        foreach (string tensor in checkpoint.Names)
        {
            checkpoint.TryGet(tensor, out ModelTensors.TensorSource? source);
            changed.Add(tensor, source!);
        }

        using DecoderModel model = DecoderModel.Load(changed);
        Compare(model, values, "llama3.single_orig256.");
    }

    [TestCase("llama3", "llama3.inv_freq")]
    [TestCase("llama2", "llama2.inv_freq")]
    public void Frequencies_ScaledRotary_MatchReference(string name, string golden)
    {
        using Checkpoint values = Checkpoint.Open(Path.Combine(Goldens.Root, "variants", "goldens.safetensors"));
        using Checkpoint checkpoint = Checkpoint.Open(Goldens.Variant(name));
        float[] frequencies = [.. RotaryTable.Frequencies(DecoderConfig.Read(checkpoint.Config!)).Select(value => (float)value)];
        float[] expected = Goldens.Singles(values, golden);
        Assert.That(frequencies, Is.EqualTo(expected).Within(1e-6).Percent);
    }

    private static void Compare(DecoderModel model, Checkpoint values, string prefix)
    {
        int[] ids = Goldens.Integers(values, prefix + "input_ids");
        int[] mask = Goldens.Integers(values, prefix + "attention_mask");
        values.TryGet(prefix + "input_ids", out ModelTensors.TensorSource? source);
        TokenBatch batch = TokenBatch.FromPadded(ids, mask, (int)source!.Shape[0]);
        using DecoderOutput output = model.Forward(batch, new ForwardOptions { KeepsHiddenStates = true });
        float[] hidden = Goldens.Singles(values, prefix + "hidden");
        int width = model.Config.HiddenSize;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.HiddenStates, Has.Count.EqualTo(4));
            Assert.That(
                Goldens.LargestDifference(output.Logits.ToSingles(), Attended(Goldens.Singles(values, prefix + "logits"), mask, model.Config.VocabularySize)), Is.LessThan(1e-4));
            for (int state = 0; state < output.HiddenStates.Count; state++)
            {
                float[] expected = Attended(hidden[(state * ids.Length * width)..((state + 1) * ids.Length * width)], mask, width);
                Assert.That(Goldens.LargestDifference(output.HiddenStates[state].ToSingles(), expected), Is.LessThan(1e-4), $"state {state}");
            }
        }
    }

    private static float[] Attended(float[] values, int[] mask, int width) =>
        [.. Enumerable.Range(0, mask.Length).Where(row => mask[row] != 0).SelectMany(row => values[(row * width)..((row + 1) * width)])];
}
