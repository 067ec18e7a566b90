using System.Text.Json.Nodes;
using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders;

/// <summary>Gradients of a batch of the trained zoo.</summary>
[Category("Kernels")]
public sealed class GradientGoldenTests
{
    [Test]
    public void AddGradients_AllWeights_MatchReference([Values(1, 2)] int threads)
    {
        using Checkpoint values = Checkpoint.Open(Path.Combine(Goldens.Root, "goldens", "train.safetensors"));
        JsonNode golden = Goldens.Index("goldens")["train"]!;
        using DecoderModel model = DecoderModel.Load(Goldens.Zoo("a-base"), new RuntimeOptions { Threads = threads });
        IReadOnlyList<Parameter> parameters = model.TrainAll();
        (TokenBatch batch, int[] labels) = Batch(golden);
        LossSum loss = model.AddGradients(batch, labels, 1.0 / labels.Count(label => label >= 0));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss.Mean, Is.EqualTo((double)golden["full"]!["loss"]!).Within(1e-5));
            Assert.That(parameters, Has.Count.EqualTo(30));
            foreach (Parameter parameter in parameters)
            {
                Check(parameter, Goldens.Singles(values, "full.grad." + parameter.Name));
            }
        }
    }

    [Test]
    public void AddGradients_Factors_MatchReference()
    {
        using Checkpoint values = Checkpoint.Open(Path.Combine(Goldens.Root, "goldens", "train.safetensors"));
        JsonNode golden = Goldens.Index("goldens")["train"]!;
        using DecoderModel model = DecoderModel.Load(Goldens.Zoo("a-base"), new RuntimeOptions { Threads = 1 });
        IReadOnlyList<Parameter> parameters = model.AttachLora(Adapter(values, model));
        (TokenBatch batch, int[] labels) = Batch(golden);
        LossSum loss = model.AddGradients(batch, labels, 1.0 / labels.Count(label => label >= 0));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss.Mean, Is.EqualTo((double)golden["lora"]!["losses_before_each_step_and_after_the_last"]![0]!).Within(1e-5));
            Assert.That(parameters, Has.Count.EqualTo(18));
            foreach (Parameter parameter in parameters)
            {
                Check(parameter, Goldens.Singles(values, "lora.grad.base_model.model." + parameter.Name));
            }
        }
    }

    /// <summary>The adapter that the reference starts from.</summary>
    internal static LoraAdapter Adapter(Checkpoint values, DecoderModel model)
    {
        const double Scaling = 2;
        string[] paths = [.. model.LinearPaths.Where(path => values.TryGet($"lora.init.base_model.model.{path}.lora_A.weight", out _))];
        return new LoraAdapter(paths.Select(path => new LoraModule(path, LoraModuleKind.Linear, Factor(values, path, "lora_A"), Factor(values, path, "lora_B"), Scaling)));
    }

    internal static (TokenBatch Batch, int[] Labels) Batch(JsonNode golden)
    {
        List<ReadOnlyMemory<int>> sequences = [];
        List<int> labels = [];
        for (int row = 0; row < golden["input_ids"]!.AsArray().Count; row++)
        {
            int length = Goldens.Integers(golden["attention_mask"]![row]).Sum();
            sequences.Add(Goldens.Integers(golden["input_ids"]![row]).AsMemory(0, length));
            int[] unshifted = Goldens.Integers(golden["labels"]![row]);
            labels.AddRange(Enumerable.Range(0, length).Select(i => i + 1 < length && unshifted[i + 1] >= 0 ? unshifted[i + 1] : -1));
        }

        return (TokenBatch.Of(sequences), [.. labels]);
    }

    private static TensorSource Factor(Checkpoint values, string path, string factor)
    {
        values.TryGet($"lora.init.base_model.model.{path}.{factor}.weight", out TensorSource? source);
        return source!;
    }

    private static void Check(Parameter parameter, float[] expected)
    {
        double norm = Math.Sqrt(expected.Sum(value => (double)value * value));
        float[] actual = parameter.Gradient.ToSingles();
        double difference = Math.Sqrt(expected.Zip(actual, (left, right) => Math.Pow((double)left - right, 2)).Sum());
        Assert.That(difference, Is.LessThan(1e-4 * norm), parameter.Name);
    }
}
