using LoraFederation;
using LoraFederation.Aggregators;
using LoraFederation.Privacy;
using LoraFederation.Privacy.SecureAggregation;
using LoraFederation.Robustness;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace Documentation.Tests.Snippets;

public sealed class PrivacySnippets
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void PrivateRounds()
    {
        ClientUpdate[] updates = Updates();
        LoraFederator federator = new(Device);

        // snippet: PrivateRounds
        double noise = RdpAccountant.NoiseMultiplier(epsilon: 4, delta: 1e-6, samplingRate: 0.01, rounds: 500);
        AggregationRecipe recipe = new(new NoisySharedAAggregator(new FfaLoraAggregator(), new GaussianMechanism(noise)))
        {
            Clipping = new UpdateClipping(0.5),
            Weights = new ExpectedCountWeighting(100),
        };
        AggregationResult result = federator.Aggregate(recipe, updates);

        RdpAccountant spent = new RdpAccountant().Add(noise, samplingRate: 0.01, rounds: 200);
        Console.WriteLine($"after 200 rounds: ε = {spent.Guarantee(1e-6).Epsilon:f2}");
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(spent.Guarantee(1e-6).Epsilon, Is.InRange(1, 4));
            Assert.That(result.Adapter.Modules, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void RobustWeights()
    {
        ClientUpdate[] updates = Updates();
        LoraFederator federator = new(Device);

        // snippet: RobustWeights
        AggregationRecipe recipe = AggregationRecipe.Flora with { Weights = new GeometricMedianWeighting() };
        AggregationResult result = federator.Aggregate(recipe, updates);
        foreach ((string client, double weight) in result.Weights)
        {
            Console.WriteLine($"{client} counted {weight:p1}");
        }
        // end

        Assert.That(result.Weights.Values.Sum(), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void SecureSketches()
    {
        ClientUpdate[] updates = Updates();
        AggregationContext context = new(Device);
        Dictionary<string, ClientUpdate> byClient = updates.ToDictionary(update => update.ClientId, StringComparer.Ordinal);

        // snippet: SecureSketches
        // Agreed on by all: sizes, the greatest sum of ranks, a public seed, ranges.
        SketchPayload payload = new([new SketchedModule("layers.0.q_proj", LoraModuleKind.Linear, Outputs: 8, Inputs: 6)], rangeColumns: 6, seed: 1, valueRange: 1000, largestWeight: 10_000);
        SecureRound round = new("run-7/round-3", ["a", "b", "c", "d", "e"], threshold: 3, payload.Tensors);

        // Every message below crosses the network; here it is handed over.
        SecureServer server = new(round);
        SecureClient[] clients = [.. round.Clients.Select(client => new SecureClient(round, client))];
        foreach (SecureClient client in clients)
        {
            server.Add(client.Advertise());
        }

        foreach (SecureClient client in clients)
        {
            server.Add(client.ClientId, client.ShareSecrets(server.Advertisements));
        }

        // Client a is never heard of again.
        foreach (SecureClient client in clients[1..])
        {
            ClientUpdate update = byClient[client.ClientId];
            server.Add(client.Mask(payload.Encode(update, update.Examples, context), server.SharesFor(client.ClientId)));
        }

        SecureSum sum = server.Unmask([.. clients[1..].Select(client => client.Reveal(server.Survivors))]);
        LoraAdapter mean = payload.Decode(sum, context);
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(sum.Clients, Is.EqualTo(["b", "c", "d", "e"]));
            Assert.That(mean.Modules.Single().Rank, Is.LessThanOrEqualTo(6));
        }

        Array.ForEach(clients, client => client.Dispose());
    }

    private static ClientUpdate[] Updates()
    {
        Random random = new(1);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        TensorSource a = HostTensor.FromSingles(Draw(12), new TensorShape(2, 6)).Source;
        return
        [
            .. "abcde".Select(client => new ClientUpdate(
                client.ToString(), new LoraAdapter([new LoraModule("layers.0.q_proj", LoraModuleKind.Linear, a, HostTensor.FromSingles(Draw(16), new TensorShape(8, 2)).Source)]), 100)),
        ];
    }
}
