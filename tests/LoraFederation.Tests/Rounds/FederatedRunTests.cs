using LoraFederation.Rounds;
using LoraFederation.Rounds.Selection;
using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;
using RunKit;

namespace LoraFederation.Tests.Rounds;

/// <summary>Rounds from selection to manifest.</summary>
[CancelAfter(60_000)]
public sealed class FederatedRunTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly FederatedClient[] Clients = FakeTrainer.Clients("a", "b", "c");

    private readonly TestFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Run_OfARound_EmitsTheExactSumOfWhatWasTrained(CancellationToken token)
    {
        FakeTrainer trainer = new();
        FederatedRunResult result = await Run(trainer, new FederatedRunOptions(), token);
        ClientUpdate[] updates = [.. trainer.Tasks.Select(task => new ClientUpdate(task.ClientId, FakeTrainer.Adapter(task), FakeTrainer.Examples(task)))];
        using LoraAdapter global = LoraAdapter.Open(result.GlobalAdapter);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trainer.Tasks.Select(task => (task.ClientId, task.Rank, task.Alpha)), Is.EqualTo([("a", 1, 2.0), ("b", 2, 4.0), ("c", 3, 6.0)]));
            foreach (LoraModule module in global.Modules)
            {
                Assert.That(module.Rank, Is.EqualTo(6));
                Assert.That(Dense.RelativeError(Dense.Product(module), Dense.Sum(updates, module.Path)), Is.LessThan(1e-6));
            }
        }
    }

    [Test]
    public async Task Run_ForAnyNumberAtOnce_AndOrderOfClients_GivesTheSameBytes(CancellationToken token)
    {
        FederatedRunOptions options = new() { Rounds = 2, Selection = ClientSelection.Fraction(0.67), Seed = 5 };
        await Run(new FakeTrainer(), options, token, "one");
        await new FederatedRun(Device, new FakeTrainer(), [.. Clients.Reverse()], options with { MaxParallelClients = 3 }).RunAsync(_folder["other"], null, token);
        Assert.That(RunFiles.Hash(_folder["other"]), Is.EqualTo(RunFiles.Hash(_folder["one"])));
    }

    [Test]
    public async Task Run_Fresh_MergesEveryAggregateSoFar(CancellationToken token)
    {
        FakeTrainer trainer = new();
        await Run(trainer, new FederatedRunOptions { Rounds = 3, BaseModel = "org/base" }, token);
        using (Assert.EnterMultipleScope())
        {
            foreach (TrainingTask task in trainer.Tasks)
            {
                Assert.That(task.StartAdapter, Is.Null);
                Assert.That(task.BaseModel, Is.EqualTo("org/base"));
                Assert.That(task.MergedAdapters, Is.EqualTo(Enumerable.Range(0, task.Round).Select(round => _folder["run", $"round-000{round}", "global"])));
            }

            Assert.That(trainer.Tasks.Select(task => task.Seed), Is.Unique);
        }
    }

    [Test]
    public async Task Run_Continuing_StartsFromTheLastAggregate(CancellationToken token)
    {
        FakeTrainer trainer = new();
        await Run(trainer, new FederatedRunOptions { Rounds = 3, Start = RoundStart.ContinueGlobal }, token);
        Assert.That(
            trainer.Tasks.Select(task => (task.StartAdapter, task.MergedAdapters.Count)),
            Is.EqualTo(trainer.Tasks.Select(task => (task.Round == 0 ? null : _folder["run", $"round-000{task.Round - 1}", "global"], 0))));
    }

    [Test]
    public async Task Run_WithAnInitialAdapter_StartsFromIt_AlwaysWhenFresh_OnceWhenContinuing([Values(RoundStart.FreshOnMergedBase, RoundStart.ContinueGlobal)] RoundStart start, CancellationToken token)
    {
        FakeTrainer trainer = new();
        await Run(trainer, new FederatedRunOptions { Rounds = 2, Start = start, InitialAdapter = "initial" }, token);
        Assert.That(
            trainer.Tasks.Select(task => task.StartAdapter),
            Is.EqualTo(trainer.Tasks.Select(task => task.Round == 0 || start == RoundStart.FreshOnMergedBase ? "initial" : _folder["run", "round-0000", "global"])));
    }

    [Test]
    public async Task Run_ChainsTheStates(CancellationToken token)
    {
        FakeTrainer trainer = new();
        FederatedRunResult result = await Run(trainer, new FederatedRunOptions { Rounds = 2, BaseState = "state of the base" }, token);
        using (Assert.EnterMultipleScope())
        {
            string state = "state of the base";
            foreach (RoundManifest manifest in result.Rounds)
            {
                Assert.That(manifest.StateBefore, Is.EqualTo(state));
                Assert.That(trainer.Tasks.Where(task => task.Round == manifest.Round).Select(task => task.BaseState), Is.All.EqualTo(state));
                state = ModelState.Next(state, manifest.Files);
                Assert.That(manifest.StateAfter, Is.EqualTo(state));
            }

            Assert.That(result.State, Is.EqualTo(state));
        }
    }

    [Test]
    public async Task Run_WritesAManifestOfWhatHappened(CancellationToken token)
    {
        FakeTrainer trainer = new() { Train = (task, _) => task.ClientId is "b" ? throw new InvalidOperationException("out of memory on the client") : FakeTrainer.Honest(task) };
        FederatedRunResult result = await Run(trainer, new FederatedRunOptions(), token);
        RoundManifest manifest = RoundManifest.Load(_folder["run", "round-0000", "manifest.json"]);
        Dictionary<string, string> hashes = RunFiles.Hash(_folder["run", "round-0000"]);
        long stack = 2 * 4 * 4 * (22 + 20) / 2;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(manifest.Clients.Select(client => client.ClientId), Is.EqualTo(["a", "c"]));
            Assert.That(manifest.Clients.Sum(client => client.Weight), Is.EqualTo(1).Within(1e-15));
            Assert.That(manifest.Clients.Select(client => (client.MinRank, client.MaxRank)), Is.EqualTo([(1, 1), (3, 3)]));
            Assert.That(manifest.Clients.Select(client => client.Examples), Is.EqualTo(trainer.Tasks.Where(task => task.ClientId is not "b").Select(FakeTrainer.Examples)));

            // Two modules, 12 × 10 and 6 × 14, in F32: 4 · r · (m + n) bytes; every client gets the stack of rank 4.
            Assert.That(manifest.Clients.Select(client => client.Upload.Predicted), Is.EqualTo([4L * 42, 4L * 3 * 42]));
            Assert.That(manifest.Clients.Select(client => client.Download.Predicted), Is.All.EqualTo(stack));
            Assert.That(manifest.Clients.Select(client => client.Upload.Actual), Is.EqualTo(manifest.Clients.Select(client => client.Files.Sum(file => file.Bytes))));
            Assert.That(manifest.Clients.Select(client => client.Download.Actual), Is.All.EqualTo(manifest.Files.Sum(file => file.Bytes)));
            Assert.That(manifest.Files.Sum(file => file.Bytes), Is.GreaterThan(stack));
            Assert.That(manifest.Files.Concat(manifest.Clients.SelectMany(client => client.Files)).Select(file => file.Sha256), Is.EquivalentTo(
                hashes.Where(file => file.Key is not "manifest.json").Select(file => file.Value)));
            Assert.That(manifest.Lost.Single().Error, Is.EqualTo(FederationError.DroppedOut));
            Assert.That(manifest.Lost.Single().Message, Does.Contain("'b'").And.Contain("out of memory on the client"));
            Assert.That(manifest.Recipe.Aggregator, Is.EqualTo("flora"));
            Assert.That(manifest.Libraries, Does.ContainKey("LoraFederation").And.ContainKey("ModelTensors"));
            Assert.That(result.Rounds.Single().StateAfter, Is.EqualTo(manifest.StateAfter));
        }
    }

    [Test]
    public async Task Run_WithAClientThatTakesTooLong_GoesOnWithoutIt([Values] bool heedsTheToken, CancellationToken token)
    {
        ManualTime time = new();
        FakeTrainer trainer = new()
        {
            Train = (task, cancelled) =>
            {
                if (task.ClientId is not "b")
                {
                    return FakeTrainer.Honest(task);
                }

                TaskCompletionSource<TrainedUpdate> never = new();
                if (heedsTheToken)
                {
                    cancelled.Register(() => never.TrySetCanceled(cancelled));
                }

                time.Advance(TimeSpan.FromMinutes(10));
                return never.Task;
            },
        };
        FederatedRunResult result = await Run(trainer, new FederatedRunOptions { TimeOut = TimeSpan.FromMinutes(5), Time = time }, token);
        RoundManifest manifest = result.Rounds.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(manifest.Clients.Select(client => client.ClientId), Is.EqualTo(["a", "c"]));
            Assert.That(manifest.Lost.Single().Error, Is.EqualTo(FederationError.TimedOut));
            Assert.That(manifest.Lost.Single().Message, Does.Contain("'b'").And.Contain("00:05:00"));
        }
    }

    [Test]
    public async Task Run_BelowTheQuorum_SaysEveryReason_AndAsksAgainWhenRunAgain(CancellationToken token)
    {
        bool isWell = false;
        FakeTrainer trainer = new()
        {
            Train = (task, _) => isWell || task.ClientId is "a" ? FakeTrainer.Honest(task)
                : task.ClientId is "b" ? throw new InvalidOperationException("no power")
                : Task.FromResult(new TrainedUpdate(FakeTrainer.Adapter(task), 1) { Round = 7 }),
        };
        FederatedRunOptions options = new() { Quorum = 2 };
        FederationException error = (await Assert.ThrowsAsync<FederationException>(() => Run(trainer, options, token)))!;
        isWell = true;
        await Run(trainer, options, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => problem.Error), Is.EqualTo([FederationError.TooFewUpdates, FederationError.RoundMismatch, FederationError.DroppedOut]));
            Assert.That(error.Message, Does.Contain("1 valid").And.Contain("no power").And.Contain("round 7"));
            Assert.That(trainer.Tasks.Select(task => task.ClientId), Is.EqualTo(["a", "b", "c", "b", "c"]));
        }
    }

    [Test]
    public async Task Run_WhenCancelled_Stops_AndDoesNotRepeatWhatItReceived(CancellationToken token)
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        FakeTrainer trainer = new()
        {
            Train = (task, cancelled) =>
            {
                if (task.ClientId is not "b" || cancel.IsCancellationRequested)
                {
                    return FakeTrainer.Honest(task);
                }

                cancel.Cancel();
                return Task.FromCanceled<TrainedUpdate>(cancelled);
            },
        };
        await Assert.CatchAsync<OperationCanceledException>(() => Run(trainer, new FederatedRunOptions(), cancel.Token));
        await Run(trainer, new FederatedRunOptions(), token);
        Assert.That(trainer.Tasks.Select(task => task.ClientId), Is.EqualTo(["a", "b", "b", "c"]));
    }

    [Test]
    public async Task Run_WithMoreRounds_GoesOn_AndWithFewerOrEqual_DoesNothing(CancellationToken token)
    {
        FakeTrainer trainer = new();
        FederatedRunOptions options = new() { Rounds = 1 };
        await Run(trainer, options, token);
        FederatedRunResult more = await Run(trainer, options with { Rounds = 2 }, token);
        FederatedRunResult same = await Run(trainer, options, token);
        await Run(new FakeTrainer(), options with { Rounds = 2 }, token, "at once");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trainer.Tasks.Select(task => task.Round), Is.EqualTo([0, 0, 0, 1, 1, 1]));
            Assert.That(same.State, Is.EqualTo(more.State));
            Assert.That(RunFiles.Hash(_folder["run"]), Is.EqualTo(RunFiles.Hash(_folder["at once"])));
        }
    }

    [Test]
    public async Task Run_WithOtherSettings_IsRefused(CancellationToken token)
    {
        await Run(new FakeTrainer(), new FederatedRunOptions(), token);
        JournalException error = (await Assert.ThrowsAsync<JournalException>(() => Run(new FakeTrainer(), new FederatedRunOptions { Seed = 1 }, token)))!;
        Assert.That(error.Error, Is.EqualTo(JournalError.OtherRun));
    }

    [TestCase("round-0000/global/adapter_model.safetensors")]
    [TestCase("round-0000/global/adapter_config.json")]
    [TestCase("round-0000/manifest.json")]
    public async Task Run_WithAChangedFile_IsRefused_WithItsName(string file, CancellationToken token)
    {
        await Run(new FakeTrainer(), new FederatedRunOptions(), token);
        string path = _folder["run", file];
        byte[] content = await File.ReadAllBytesAsync(path, token);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(path, content, token);
        FederationException error = (await Assert.ThrowsAsync<FederationException>(() => Run(new FakeTrainer(), new FederatedRunOptions { Rounds = 2 }, token)))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.RunChanged));
            Assert.That(error.Message, Does.Contain(file));
        }
    }

    [Test]
    public async Task Run_WithClientsOfAnyName_StaysInItsFolder(CancellationToken token)
    {
        string[] names = ["../../x", "A", "a", ".", "con/../..", "ü", new string('n', 300)];
        FederatedRunResult result = await new FederatedRun(Device, new FakeTrainer(), FakeTrainer.Clients(names)).RunAsync(_folder["run"], null, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Rounds.Single().Clients, Has.Count.EqualTo(names.Length));
            Assert.That(Directory.GetFileSystemEntries(_folder.Path), Is.EqualTo([_folder["run"]]));
            Assert.That(Directory.GetDirectories(_folder["run", "round-0000", "updates"]), Has.Length.EqualTo(names.Length));
        }
    }

    [Test]
    public async Task Run_ReportsClientsModulesAndRounds(CancellationToken token)
    {
        Reports reports = new();
        await new FederatedRun(Device, new FakeTrainer(), Clients).RunAsync(_folder["run"], reports, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports.All.Where(report => report is { Stage: RoundStage.Training, Message: null }).Select(report => (report.ClientId, report.Done)), Is.EqualTo([("a", 1), ("b", 2), ("c", 3)]));
            Assert.That(reports.All.Count(report => report.Message is "training"), Is.EqualTo(3));
            Assert.That(reports.All.Count(report => report.Stage == RoundStage.Aggregating), Is.EqualTo(2));
            Assert.That(reports.All[^1].Stage, Is.EqualTo(RoundStage.Finished));
        }
    }

    [Test]
    public void Create_WithTwoClientsOfOneName_IsRefused() => Assert.That(
        () => new FederatedRun(Device, new FakeTrainer(), FakeTrainer.Clients("a", "b", "a")), Throws.ArgumentException.With.Message.Contains("'a'"));

    private Task<FederatedRunResult> Run(ILocalTrainer trainer, FederatedRunOptions options, CancellationToken token, string name = "run") =>
        new FederatedRun(Device, trainer, Clients, options).RunAsync(_folder[name], null, token);

    private sealed class Reports : IProgress<FederatedRunProgress>
    {
        private readonly List<FederatedRunProgress> _all = [];

        public IReadOnlyList<FederatedRunProgress> All => _all;

        public void Report(FederatedRunProgress value) => _all.Add(value);
    }
}
