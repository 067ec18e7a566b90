using System.Text.Json.Nodes;
using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders;

/// <summary>Logits, hidden states, losses and greedy decodes of the trained zoo.</summary>
[Category("Kernels")]
public sealed class ZooGoldenTests
{
    public static IEnumerable<TestCaseData> Cases() => Goldens.Index("goldens")["cases"]!.AsArray().Select(
        (item, i) => new TestCaseData(item!.ToJsonString()) { TestName = $"Forward_{item["model"]}_{i % 6}" });

    [TestCaseSource(nameof(Cases))]
    public void Forward_GoldenCase_MatchesReference(string json)
    {
        JsonNode golden = JsonNode.Parse(json)!;
        using Checkpoint values = Checkpoint.Open(Path.Combine(Goldens.Root, "goldens", "forward.safetensors"));
        using DecoderModel model = DecoderModel.Load(Goldens.Zoo((string)golden["model"]!), new RuntimeOptions { Threads = 1 });
        int[] ids = Goldens.Integers(golden["ids"]);
        int prompt = Goldens.Integers(golden["prompt_ids"]).Length;
        TokenBatch batch = TokenBatch.Of(ids);
        using DecoderOutput output = model.Forward(batch, new ForwardOptions { KeepsHiddenStates = true });
        int[] labels = [.. Enumerable.Range(0, ids.Length).Select(row => row + 1 >= prompt && row + 1 < ids.Length ? ids[row + 1] : -1)];
        LossSum loss = model.Loss(batch, labels);
        double expected = (double)golden["answer_nll_f64"]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Goldens.LargestDifference(output.Logits.ToSingles(), Goldens.Singles(values, (string)golden["logits"]!)), Is.LessThan(1e-4));
            Assert.That(loss.NegativeLogLikelihood, Is.EqualTo(expected).Within(1e-4 * expected));
            Assert.That(loss.Labels, Is.EqualTo(ids.Length - prompt));
            if (golden["hidden"] is { } hidden)
            {
                float[] states = [.. output.HiddenStates.SelectMany(state => state.ToSingles())];
                Assert.That(Goldens.LargestDifference(states, Goldens.Singles(values, (string)hidden!)), Is.LessThan(1e-4));
            }
        }
    }
}
