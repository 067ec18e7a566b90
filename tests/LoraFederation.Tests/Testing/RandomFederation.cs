using LoraFederation.Aggregators;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Testing;

/// <summary>A federation of random adapters in memory: ranks, alphas, rsLoRA-like scalings, weights and missing modules drawn from a seed.</summary>
internal static class RandomFederation
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly (string Path, int Outputs, int Inputs)[] Sizes = [("layers.0.k_proj", 9, 24), ("layers.0.q_proj", 24, 24), ("layers.1.up", 40, 17)];

    /// <summary>Creates updates that have in common what a method needs.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="needs">What is in common.</param>
    /// <param name="clients">The number of clients; drawn from 2 to 6 when null.</param>
    /// <param name="hasMissing">Whether some clients lack modules.</param>
    public static IReadOnlyList<ClientUpdate> Create(int seed, AggregatorNeeds needs, int? clients = null, bool hasMissing = true)
    {
        Random random = new(seed);
        int count = clients ?? random.Next(2, 7);
        bool equalRanks = needs != AggregatorNeeds.None;
        int common = random.Next(1, 7);
        bool sharesB = needs == AggregatorNeeds.SharedFactors || (needs == AggregatorNeeds.SharedAOrB && seed % 2 == 1);
        bool sharesA = needs is AggregatorNeeds.SharedA or AggregatorNeeds.SharedFactors || (needs == AggregatorNeeds.SharedAOrB && !sharesB);
        Dictionary<string, float[]> shared = new(StringComparer.Ordinal);
        List<ClientUpdate> updates = [];
        for (int client = 0; client < count; client++)
        {
            List<LoraModule> modules = [];
            foreach ((string path, int outputs, int inputs) in Sizes)
            {
                if (hasMissing && needs == AggregatorNeeds.None && client > 0 && random.Next(5) == 0)
                {
                    continue;
                }

                int rank = equalRanks ? common : random.Next(1, 9);
                double alpha = random.Next(1, 33);
                double scaling = alpha / (random.Next(2) == 0 ? rank : Math.Sqrt(rank));
                float[] a = sharesA ? Shared(shared, path + "A", rank * inputs, random) : Normal(random, rank * inputs);
                float[] b = sharesB ? Shared(shared, path + "B", outputs * rank, random) : Normal(random, outputs * rank);
                LoraModule module = Module(path, outputs, inputs, rank, a, b, scaling);
                modules.Add(needs == AggregatorNeeds.SharedFactors ? FedSbAggregator.Join(module, Middle(random, rank), Device) : module);
            }

            updates.Add(new ClientUpdate($"client-{client}", new LoraAdapter(modules), random.Next(1, 1000)));
        }

        return updates;
    }

    public static LoraModule Module(string path, int outputs, int inputs, int rank, float[] a, float[] b, double scaling = 1) => new(
        path,
        LoraModuleKind.Linear,
        HostTensor.FromSingles(a, new TensorShape(rank, inputs)).Source,
        HostTensor.FromSingles(b, new TensorShape(outputs, rank)).Source,
        scaling);

    public static float[] Normal(Random random, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()) / 4);
        }

        return values;
    }

    private static HostTensor Middle(Random random, int rank) => HostTensor.FromSingles(Normal(random, rank * rank), new TensorShape(rank, rank));

    private static float[] Shared(Dictionary<string, float[]> shared, string key, int count, Random random)
    {
        if (!shared.TryGetValue(key, out float[]? values))
        {
            shared.Add(key, values = Normal(random, count));
        }

        return values;
    }
}
