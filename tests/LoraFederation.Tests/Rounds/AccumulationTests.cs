using LoraFederation.Privacy;
using LoraFederation.Ranks;
using LoraFederation.Rounds;
using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Rounds;

/// <summary>What rounds add up to: the adapter for late clients, and starts that lose nothing. Against sums of products in double.</summary>
[CancelAfter(120_000)]
public sealed class AccumulationTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly FederatedClient[] Clients = [new("a", 2, 3), new("b", 4, 4), new("c", 7, 21)];

    private readonly TestFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase(100, 0)]
    [TestCase(5, 1)]
    [TestCase(3, 1)]
    public async Task Run_WithACumulativeRank_KeepsTheSumOfAllRounds_WithinTheReportedError(int rank, int isCut, CancellationToken token)
    {
        FederatedRunOptions options = new() { Rounds = 3, CumulativeRank = rank };
        FakeTrainer trainer = new();
        FederatedRunResult result = await new FederatedRun(Device, trainer, Clients, options).RunAsync(_folder["run"], null, token);
        using (Assert.EnterMultipleScope())
        {
            foreach (CumulativeModule module in result.Rounds[2].Cumulative!.Modules)
            {
                double[] exact = Sum(Enumerable.Range(0, 3).Select(round => Product(_folder["run", $"round-000{round}", "global"], module.Path)));
                double[] kept = Product(_folder["run", "round-0002", "cumulative"], module.Path);
                double error = Norm([.. exact.Zip(kept, (left, right) => left - right)]);
                Assert.That(error, Is.LessThanOrEqualTo(module.TruncationErrorBound + (1e-6 * Norm(exact))));
                Assert.That(module.TruncationErrorBound > 1e-6 * Norm(exact), Is.EqualTo(isCut == 1));
                Assert.That(module.Rank, Is.LessThanOrEqualTo(rank));
            }

            Assert.That(
                trainer.Tasks.Select(task => task.CumulativeAdapter),
                Is.EqualTo(trainer.Tasks.Select(task => task.Round == 0 ? null : _folder["run", $"round-000{task.Round - 1}", "cumulative"])));
            Assert.That(result.Rounds.SelectMany(round => round.Files).Select(file => file.Path), Has.None.StartsWith("cumulative"));
        }
    }

    [Test]
    public async Task Run_WithWarmStarts_StartsEveryClientFromTheAggregate(CancellationToken token)
    {
        FakeTrainer trainer = new() { Train = async (task, _) => task.Round == 0 ? await FakeTrainer.Honest(task) : Continue(task, 0) };
        FederatedRunOptions options = new() { Rounds = 3, Start = RoundStart.WarmStart };
        FederatedRunResult result = await new FederatedRun(Device, new Watcher(trainer, Check), Clients, options).RunAsync(_folder["run"], null, token);
        using (Assert.EnterMultipleScope())
        {
            // Nobody changed what it started from, so nothing changes; but for rounding to float, twice.
            foreach (string path in (string[])["layers.0.q_proj", "layers.1.up"])
            {
                double[] first = Product(_folder["run", "round-0000", "global"], path);
                Assert.That(Dense.RelativeError(Product(result.GlobalAdapter, path), first), Is.LessThan(1e-6));
            }
        }

        void Check(TrainingTask task)
        {
            foreach (string path in task.Round == 0 ? [] : (string[])["layers.0.q_proj", "layers.1.up"])
            {
                double[] expected = Product(_folder["run", $"round-000{task.Round - 1}", "global"], path);
                double[] start = Sum(task.MergedAdapters.Append(task.StartAdapter!).Select(folder => Product(folder, path)));
                Assert.That(Dense.RelativeError(start, expected), Is.LessThan(1e-6), $"{task.ClientId} {path}");
                using LoraAdapter adapter = LoraAdapter.Open(task.StartAdapter!);
                Assert.That(adapter.Modules.Select(module => (module.Rank, module.Scaling)), Is.All.EqualTo(((long)task.Rank, task.Alpha / task.Rank)));
            }
        }
    }

    [Test]
    public async Task Run_WithWarmStarts_AddsTheMeanOfWhatClientsChanged([Values] MissingModulePolicy missing, CancellationToken token)
    {
        // What a client changes is a random product on top of what it started from: the model goes on by the weighted mean of those, whatever its rank.
        // Client c does not train the second module from the second round on; its change of it is none.
        MissingModulePolicy policy = missing == MissingModulePolicy.Fail ? MissingModulePolicy.TreatAsZero : missing;
        Dictionary<(string Client, string Path), double[]> changes = [];
        FakeTrainer trainer = new()
        {
            Train = async (task, _) =>
            {
                if (task.Round == 0)
                {
                    return await FakeTrainer.Honest(task);
                }

                TrainedUpdate update = Continue(task, 0.5f, missing == MissingModulePolicy.Fail || task.ClientId is not "c");
                foreach (LoraModule module in update.Adapter!.Modules)
                {
                    changes[(task.ClientId, module.Path)] = [.. Dense.Product(module).Zip(Product(task.StartAdapter!, module.Path), (end, start) => end - start)];
                }

                return update;
            },
        };
        FederatedRunOptions options = new() { Rounds = 2, Start = RoundStart.WarmStart, Recipe = AggregationRecipe.Flora with { Missing = policy } };
        FederatedRunResult result = await new FederatedRun(Device, trainer, Clients, options).RunAsync(_folder["run"], null, token);
        using (Assert.EnterMultipleScope())
        {
            foreach (string path in (string[])["layers.0.q_proj", "layers.1.up"])
            {
                ManifestClient[] present = [.. result.Rounds[1].Clients.Where(client => changes.ContainsKey((client.ClientId, path)))];
                double total = policy == MissingModulePolicy.RenormalizePresent ? present.Sum(client => client.Weight) : 1;
                double[] expected = Sum(present
                    .Select(client => (IEnumerable<double>)changes[(client.ClientId, path)].Select(value => value * client.Weight / total))
                    .Prepend(Product(_folder["run", "round-0000", "global"], path))
                    .Select(values => values.ToArray()));
                Assert.That(Dense.RelativeError(Product(result.GlobalAdapter, path), expected), Is.LessThan(2e-6), path);
            }
        }
    }

    [Test]
    public async Task Run_WithWarmStarts_AtABoundedRank_ReportsWhatIsCut(CancellationToken token)
    {
        FederatedRunOptions options = new() { Rounds = 2, Start = RoundStart.WarmStart, CumulativeRank = 3 };
        FakeTrainer trainer = new() { Train = async (task, _) => task.Round == 0 ? await FakeTrainer.Honest(task) : Continue(task, 0.1f) };
        FederatedRunResult result = await new FederatedRun(Device, trainer, Clients, options).RunAsync(_folder["run"], null, token);
        using LoraAdapter global = LoraAdapter.Open(result.GlobalAdapter);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(global.Modules.Select(module => module.Rank), Is.All.EqualTo(3));
            Assert.That(result.Rounds[1].Cumulative!.RelativeErrorBound, Is.GreaterThan(result.Rounds[0].Cumulative!.RelativeErrorBound));
            Assert.That(result.Rounds[0].Cumulative!.RelativeErrorBound, Is.GreaterThan(0.01));
        }
    }

    [TestCaseSource(nameof(Contradictions))]
    public void Create_WithSettingsThatContradict_IsRefused(FederatedRunOptions options) =>
        Assert.That(() => new FederatedRun(Device, new FakeTrainer(), Clients, options), Throws.ArgumentException);

    private static IEnumerable<FederatedRunOptions> Contradictions()
    {
        yield return new() { Start = RoundStart.ContinueGlobal, CumulativeRank = 8 };
        yield return new() { Start = RoundStart.WarmStart, Stale = StalePolicy.Accept(1) };
        yield return new() { Start = RoundStart.WarmStart, Recipe = AggregationRecipe.Flora with { Clipping = new UpdateClipping(1) } };
        yield return new() { Start = RoundStart.WarmStart, Recipe = AggregationRecipe.Flora with { Ranks = new FixedRank(8) } };
    }

    /// <summary>Goes on with the start: B gets noise of a size, A stays.</summary>
    private static TrainedUpdate Continue(TrainingTask task, float size, bool trainsAll = true)
    {
        using LoraAdapter start = LoraAdapter.Open(task.StartAdapter!);
        Random random = new(unchecked((int)task.Seed));
        LoraModule[] modules =
        [
            .. start.Modules.Where(module => trainsAll || module.Path is "layers.0.q_proj").Select(module =>
            {
                float[] b = Dense.Values(module.B);
                float[] noise = RandomFederation.Normal(random, b.Length);
                return RandomFederation.Module(
                    module.Path,
                    (int)module.B.Shape[0],
                    (int)module.A.Shape[1],
                    (int)module.Rank,
                    Dense.Values(module.A),
                    [.. b.Zip(noise, (value, change) => value + (size * change))],
                    module.Scaling);
            }),
        ];
        return new TrainedUpdate(new LoraAdapter(modules), FakeTrainer.Examples(task));
    }

    private static double[] Product(string folder, string path)
    {
        using LoraAdapter adapter = LoraAdapter.Open(folder);
        return adapter.TryGet(path, out LoraModule? module) ? Dense.Product(module) : [];
    }

    private static double[] Sum(IEnumerable<double[]> terms) =>
        terms.Where(term => term.Length > 0).Aggregate((left, right) => [.. left.Zip(right, (one, other) => one + other)]);

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    private sealed class Watcher(FakeTrainer trainer, Action<TrainingTask> check) : ILocalTrainer
    {
        public Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            check(task);
            return trainer.TrainAsync(task, progress, cancellationToken);
        }
    }
}
