using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;

namespace ModelRuntime.Tests.Decoders;

/// <summary>Directional derivatives of the loss beside differences, for every variant: biases, tied heads, norms of heads, windows, scaled rotations.</summary>
[Category("Kernels")]
public sealed class FiniteDifferenceTests
{
    [Test]
    public void AddGradients_AllWeights_MatchDifferences([Values("qwen2", "llama3", "llama2", "mistral", "qwen3")] string name)
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant(name), new RuntimeOptions { Threads = 1 });
        Check(model, model.TrainAll());
    }

    [Test]
    public void AddGradients_FactorsOfAllModules_MatchDifferences([Values(0.0, 0.25)] double dropout)
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("qwen3"), new RuntimeOptions { Threads = 1 });
        LoraOptions options = new()
        {
            Rank = 3,
            Alpha = 5,
            UsesRankStabilization = true,
            Dropout = dropout,
            TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        };
        IReadOnlyList<Parameter> parameters = model.AttachLora(options, 3);
        Assert.That(parameters, Has.Count.EqualTo(2 * 7 * 2));
        Random random = new(8);
        foreach (Parameter parameter in parameters)
        {
            foreach (ref float value in parameter.Value.AsSpan<float>(0, (int)parameter.Value.Shape.ElementCount))
            {
                value += (float)((random.NextDouble() - 0.5) * 0.2);
            }
        }

        Check(model, parameters);
    }

    private static void Check(DecoderModel model, IReadOnlyList<Parameter> parameters)
    {
        const int DropoutSeed = 77;
        const double Step = 1e-2;
        Random random = new(21);
        int[][] sequences = [InvarianceTests.Tokens(12, 1), InvarianceTests.Tokens(5, 2), InvarianceTests.Tokens(9, 3)];
        TokenBatch batch = TokenBatch.Of([.. sequences.Select(sequence => (ReadOnlyMemory<int>)sequence)]);
        int[] labels = [.. sequences.SelectMany(sequence => sequence.Skip(1).Append(-1))];
        labels[3] = -1;
        model.AddGradients(batch, labels, 1, DropoutSeed);
        using (Assert.EnterMultipleScope())
        {
            foreach (Parameter parameter in parameters)
            {
                float[] gradient = parameter.Gradient.ToSingles();
                double norm = Math.Sqrt(gradient.Sum(value => (double)value * value));
                Assert.That(norm, Is.GreaterThan(1e-3), parameter.Name);

                // Signs that the gradient has no say in; all elements count, whatever the backward pass says of them.
                float[] direction = [.. gradient.Select(_ => (float)(random.Next(2) == 0 ? -1 : 1) / MathF.Sqrt(gradient.Length))];
                double expected = gradient.Zip(direction, (left, right) => (double)left * right).Sum();
                double step = Step / Math.Max(norm / Math.Sqrt(gradient.Length), 1e-2);
                double above = Moved(model, parameter, direction, step, batch, labels, DropoutSeed);
                double below = Moved(model, parameter, direction, -step, batch, labels, DropoutSeed);
                Assert.That((above - below) / (2 * step), Is.EqualTo(expected).Within(0.02 * norm / Math.Sqrt(gradient.Length) * 3), parameter.Name);
            }
        }
    }

    private static double Moved(DecoderModel model, Parameter parameter, float[] direction, double step, TokenBatch batch, int[] labels, ulong dropoutSeed)
    {
        Span<float> values = parameter.Value.AsSpan<float>(0, direction.Length);
        float[] before = values.ToArray();
        for (int i = 0; i < direction.Length; i++)
        {
            values[i] = (float)(before[i] + (step * direction[i]));
        }

        // With a scale of zero the gradients stay as they are.
        double loss = model.AddGradients(batch, labels, 0, dropoutSeed).NegativeLogLikelihood;
        before.CopyTo(values);
        return loss;
    }
}
