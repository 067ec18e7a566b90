using LoraFederation.Aggregators;
using LoraFederation.Rounds;
using ModelRuntime.Training;
using ModelSdk.Testing;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Runtime.Tests;

/// <summary>Rounds of real training.</summary>
[CancelAfter(300_000)]
internal sealed class FederatedTrainingTests
{
    private static readonly FederatedClient[] Clients = [new("3", rank: 4), new("7", rank: 2)];
    private static readonly RuntimeTrainerOptions Short = new() { Training = new TrainingOptions { LearningRate = 5e-3, BatchSize = 8, Steps = 3 } };

    private readonly TestFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Run_StoppedInTheMiddleOfAClient_GoesOnToTheSameBytes([Values] RoundStart start, CancellationToken token)
    {
        FederatedRunOptions options = new()
        {
            Rounds = 2,
            Quorum = 2,
            Start = start,
            Recipe = new AggregationRecipe(start == RoundStart.ContinueGlobal ? new FlexLoraAggregator() : new FloraAggregator()),
            BaseModel = ZooData.BaseModel,
            Seed = 5,
        };
        await Run(options with { MaxParallelClients = 2 }, "whole", null, token);

        // The second client of each round is stopped at its second step, once.
        HashSet<int> stopped = [];
        for (int attempt = 0; attempt < 2; attempt++)
        {
            using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(token);
            Stopper stopper = new(value =>
            {
                if (value is { ClientId: "7", Message: { } message } && message.StartsWith("step 2", StringComparison.Ordinal) && stopped.Add(value.Round))
                {
                    source.Cancel();
                }
            });
            Assert.That(async () => await Run(options, "stopped", stopper, source.Token), Throws.InstanceOf<OperationCanceledException>());
        }

        FederatedRunResult result = await Run(options, "stopped", null, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stopped, Is.EquivalentTo((int[])[0, 1]));
            Assert.That(ZooData.Hash(_folder["stopped"]), Is.EqualTo(ZooData.Hash(_folder["whole"])));
            Assert.That(result.Rounds.SelectMany(round => round.Lost.Concat(round.Quarantined)), Is.Empty);
        }
    }

    [Test]
    public async Task Run_OfAMethodThatFreezesA_TakesWhatTheTrainerFroze(CancellationToken token)
    {
        FederatedClient[] equal = [new("3", rank: 4), new("7", rank: 4)];
        FederatedRunOptions options = new()
        {
            Rounds = 2,
            Quorum = 2,
            Start = RoundStart.ContinueGlobal,
            Recipe = new AggregationRecipe(new FfaLoraAggregator()),
            InitialAdapter = ZooData.Adapter(4),
            BaseModel = ZooData.BaseModel,
        };
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using RuntimeTrainer trainer = new(ZooData.Examples, Short with { Frozen = FrozenFactor.A });

        FederatedRunResult result = await new FederatedRun(device, trainer, equal, options).RunAsync(_folder["run"], cancellationToken: token);

        Assert.That(result.Rounds.Select(round => round.Clients.Count), Is.EqualTo((int[])[2, 2]));
    }

    private async Task<FederatedRunResult> Run(FederatedRunOptions options, string name, IProgress<FederatedRunProgress>? progress, CancellationToken token)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using RuntimeTrainer trainer = new(ZooData.Examples, Short);
        return await new FederatedRun(device, trainer, Clients, options).RunAsync(_folder[name], progress, token);
    }

    private sealed class Stopper(Action<FederatedRunProgress> report) : IProgress<FederatedRunProgress>
    {
        public void Report(FederatedRunProgress value) => report(value);
    }
}
