using ModelRuntime.Training;
using ModelTensors;

namespace ModelRuntime.Tests.Training;

/// <summary>A model of the next token after a token: a row of logits for each, and a bias. Its gradient is known in closed form.</summary>
internal sealed class BigramModel : IGradientSource
{
    public const int Vocabulary = 12;

    public BigramModel(ulong seed = 7, int threads = 1)
    {
        Threads = threads;
        float[] table = new float[Vocabulary * Vocabulary];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = (Philox.Draw(i, new PhiloxKey((uint)seed, 1)) / 65536f) - 0.5f;
        }

        Table = Make("table", HostTensor.FromSingles(table, new TensorShape(Vocabulary, Vocabulary)), decays: true);
        Bias = Make("bias", new HostTensor(DataType.F32, new TensorShape(Vocabulary)), decays: false);
        Parameters = [Table, Bias];
    }

    public Parameter Table { get; }

    public Parameter Bias { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    public int Threads { get; }

    /// <summary>The configuration, as far as checkpoints know it.</summary>
    public string Name { get; init; } = "bigrams";

    /// <summary>What was asked for: the seed of dropout, the scale and the tokens of each call.</summary>
    public List<(ulong DropoutSeed, double Scale, int[] Tokens)> Calls { get; } = [];

    /// <summary>Called before each call's work, with its number.</summary>
    public Action<int>? Before { get; init; }

    public static Parameter Make(string name, HostTensor value, bool decays) => new(name, value, new HostTensor(DataType.F32, value.Shape), decays);

    public void Identify(TrainingIdentity identity) => identity.Add(Name);

    public LossSum AddGradients(TokenBatch batch, ReadOnlySpan<int> labels, double lossScale, ulong dropoutSeed, CancellationToken cancellationToken)
    {
        Before?.Invoke(Calls.Count);
        cancellationToken.ThrowIfCancellationRequested();
        Calls.Add((dropoutSeed, lossScale, batch.Tokens.ToArray()));
        double sum = 0;
        int count = 0;
        Span<float> biases = Bias.Value.AsSpan<float>(0, Vocabulary);
        Span<float> biasGradients = Bias.Gradient.AsSpan<float>(0, Vocabulary);
        double[] exponentials = new double[Vocabulary];
        for (int t = 0; t < labels.Length; t++)
        {
            if (labels[t] < 0)
            {
                continue;
            }

            Span<float> row = Table.Value.AsSpan<float>(batch.Tokens[t] * Vocabulary, Vocabulary);
            Span<float> gradients = Table.Gradient.AsSpan<float>(batch.Tokens[t] * Vocabulary, Vocabulary);
            double total = 0;
            for (int i = 0; i < Vocabulary; i++)
            {
                exponentials[i] = Math.Exp(row[i] + biases[i]);
                total += exponentials[i];
            }

            sum -= Math.Log(exponentials[labels[t]] / total);
            count++;
            for (int i = 0; i < Vocabulary; i++)
            {
                double gradient = lossScale * ((exponentials[i] / total) - (i == labels[t] ? 1 : 0));
                gradients[i] += (float)gradient;
                biasGradients[i] += (float)gradient;
            }
        }

        return new LossSum(sum, count);
    }

    /// <summary>All weights, for comparison.</summary>
    public float[] Weights() => [.. Table.Value.ToSingles(), .. Bias.Value.ToSingles()];
}
