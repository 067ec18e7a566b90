using LoraFederation.Aggregators;
using LoraFederation.Rounds;
using LoraFederation.Rounds.Selection;
using ModelTensors.Devices.Cpu;

namespace Documentation.Tests.Snippets;

public sealed class RoundsSnippets
{
    [Test]
    public async Task Rounds()
    {
        using WorkFolder work = new(nameof(Rounds));
        string models = WorkFolder.Models;
        string output = work["run"];

        // snippet: Rounds
        using CpuDevice device = new();
        ILocalTrainer trainer = new DelegateTrainer(task => new TrainedUpdate($"{models}/clients/{task.ClientId}", examples: 1000));
        FederatedClient[] clients = [new("0", rank: 16), new("1", rank: 4), new("2", rank: 8), new("3", rank: 4)];
        FederatedRun run = new(device, trainer, clients, new FederatedRunOptions
        {
            Rounds = 2,
            Selection = ClientSelection.Fraction(0.5),
            Quorum = 2,
            TimeOut = TimeSpan.FromHours(1),
            MaxParallelClients = 2,
            Seed = 42,
            BaseModel = "a-base",
        });
        FederatedRunResult result = await run.RunAsync(output);
        foreach (RoundManifest round in result.Rounds)
        {
            string names = string.Join(", ", round.Clients.Select(client => $"{client.ClientId} ({client.Weight:P0})"));
            Console.WriteLine($"Round {round.Round}: {names}; {round.Quarantined.Count} problems; state {round.StateAfter[..8]}");
        }
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Rounds.Select(round => (round.Clients.Count, round.Quarantined.Count)), Is.All.EqualTo((2, 0)));
            Assert.That(File.Exists(Path.Combine(result.GlobalAdapter, "adapter_model.safetensors")));
        }
    }

    [Test]
    public async Task OwnTrainer()
    {
        using WorkFolder work = new(nameof(OwnTrainer));
        using CpuDevice device = new();
        WarehouseTrainer trainer = new(new Dictionary<string, string>(StringComparer.Ordinal) { ["0"] = $"{WorkFolder.Models}/clients/0" });
        FederatedRunResult result = await new FederatedRun(device, trainer, [new("0"), new("1")]).RunAsync(work["run"]);
        Assert.That(result.Rounds.Single().Lost.Single().Message, Does.Contain("Nobody has trained for 1 yet."));
    }

    [Test]
    public void ProcessTrainer()
    {
        // snippet: ProcessTrainer
        ILocalTrainer trainer = new ProcessTrainer("python train.py --base {base} --start {adapter} --out {out} --round {round} --seed {seed}");
        // end

        Assert.That(trainer, Is.Not.Null);
    }

    [Test]
    public void RoundCost()
    {
        // snippet: RoundCost
        int[] ranks = [64, 32, 16, 16, 8, 8, 4, 4, 4, 4];
        ModuleSizes[] modules = [.. Enumerable.Repeat(new ModuleSizes(Outputs: 4096, Inputs: 4096, ranks), 64)];
        CommunicationCost cost = CommunicationCost.Predict(new FloraAggregator(), modules, bytesPerParameter: 2);
        Console.WriteLine($"The client of rank 16 sends {cost.Upload[2] / 1e6:N1} MB and receives {cost.Download[2] / 1e6:N1} MB.");
        // end

        Assert.That((cost.Upload[2], cost.Download[2]), Is.EqualTo((16_777_216L, 167_772_160L)));
    }
}
