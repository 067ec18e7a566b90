using LoraFederation.Rounds;
using Microsoft.Extensions.DependencyInjection;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tasks;
using ModelRuntime.Training;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using TrainingProgress = LoraFederation.Rounds.TrainingProgress;

namespace LoraFederation.Runtime.Tests;

[CancelAfter(300_000)]
internal sealed class RuntimeTrainerTests
{
    private static readonly RuntimeTrainerOptions Short = new() { Training = new TrainingOptions { LearningRate = 5e-3, BatchSize = 8, Steps = 3 } };

    private readonly TestFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    // As the zoo's own client 3 was trained, whose adapter reverses all strings.
    [Test]
    public async Task Train_OnReversals_LearnsToReverse(CancellationToken token)
    {
        RuntimeTrainerOptions options = new() { Training = new TrainingOptions { LearningRate = 5e-3, BatchSize = 32, Steps = 60 } };
        using RuntimeTrainer trainer = new(ZooData.Examples, options);
        TrainedUpdate update = await trainer.TrainAsync(ZooData.Task(_folder["client"]), null, token);

        using TensorSet trained = AdapterChain.Open(ZooData.BaseModel, update.Folder!);
        using DecoderModel model = DecoderModel.Load(trained);
        TaskScore score = TaskScore.Of(AnswerScorer.Score(model, ZooData.Tokenizer, TaskFile.Load(ZooData.In("eval", "rev.jsonl")), token))[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(update.Examples, Is.EqualTo(500));
            Assert.That(score.ExactMatch, Is.GreaterThan(0.9));
        }
    }

    [Test]
    public async Task Train_FromNothing_LeavesAnAdapterOfTheTasksShape(CancellationToken token)
    {
        using RuntimeTrainer trainer = new(ZooData.Examples, Short with { Lora = new LoraOptions { TargetModules = ["q_proj", "down_proj"] } });
        TrainedUpdate update = await trainer.TrainAsync(ZooData.Task(_folder["client"], rank: 3) with { Alpha = 12 }, null, token);

        using LoraAdapter adapter = LoraAdapter.Open(update.Folder!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(update.Folder, Is.EqualTo(_folder["client"]));
            Assert.That(adapter.Modules.Select(module => module.Path), Is.EqualTo(
                Enumerable.Range(0, 3).SelectMany(layer => (string[])[$"model.layers.{layer}.mlp.down_proj", $"model.layers.{layer}.self_attn.q_proj"])));
            Assert.That(adapter.Modules.Select(module => (module.Rank, module.Scaling)), Is.All.EqualTo((3L, 4.0)));
            Assert.That(adapter.Config.BaseModel, Is.EqualTo(ZooData.BaseModel));
        }
    }

    [Test]
    public async Task Train_WithOneFactorSeed_BeginsWithTheSameRowsOfA(CancellationToken token)
    {
        // B stays zero where A alone is trained, and so A has no gradient: it is what was drawn.
        using RuntimeTrainer shared = new(ZooData.Examples, Short with { Frozen = FrozenFactor.B, FactorSeed = _ => 9 });
        await shared.TrainAsync(ZooData.Task(_folder["large"], 3, rank: 5), null, token);
        await shared.TrainAsync(ZooData.Task(_folder["small"], 4, rank: 2), null, token);

        using LoraAdapter large = LoraAdapter.Open(_folder["large"]);
        using LoraAdapter small = LoraAdapter.Open(_folder["small"]);
        byte[] rows = new byte[small.Modules[0].A.ByteLength];
        byte[] firstRows = new byte[rows.Length];
        small.Modules[0].A.Read(0, rows);
        large.Modules[0].A.Read(0, firstRows);
        Assert.That(firstRows, Is.EqualTo(rows));
    }

    [Test]
    public async Task Train_WhoseBaseWasReplaced_ReadsItAgain(CancellationToken token)
    {
        string folder = Directory.CreateDirectory(_folder["base"]).FullName;
        void Put(string model)
        {
            foreach (string file in Directory.EnumerateFiles(ZooData.In(model)))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
            }
        }

        using RuntimeTrainer kept = new(ZooData.Examples, Short with { BaseFolder = folder });
        Put("a-base");
        await kept.TrainAsync(ZooData.Task(_folder["first"]), null, token);
        Put("a-add");
        await kept.TrainAsync(ZooData.Task(_folder["second"]), null, token);
        using RuntimeTrainer fresh = new(ZooData.Examples, Short with { BaseFolder = folder });
        await fresh.TrainAsync(ZooData.Task(_folder["third"]), null, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ZooData.Hash(_folder["second"]), Is.EqualTo(ZooData.Hash(_folder["third"])));
            Assert.That(ZooData.Hash(_folder["second"]), Is.Not.EqualTo(ZooData.Hash(_folder["first"])));
        }
    }

    [Test]
    public async Task Train_WithAnyThreadsAndCompany_GivesTheSameBytes(CancellationToken token)
    {
        using RuntimeTrainer alone = new(ZooData.Examples, Short with { IdleModels = 0 });
        await alone.TrainAsync(ZooData.Task(_folder["alone"]), null, token);
        using RuntimeTrainer threads = new(ZooData.Examples, Short with { Runtime = new RuntimeOptions { Threads = 3 } });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(client => Task.Run(() => threads.TrainAsync(ZooData.Task(_folder[$"{client}"], client), null, token), token)));

        // With a model that another client has used before.
        await threads.TrainAsync(ZooData.Task(_folder["again"]), null, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ZooData.Hash(_folder["3"]), Is.EqualTo(ZooData.Hash(_folder["alone"])));
            Assert.That(ZooData.Hash(_folder["again"]), Is.EqualTo(ZooData.Hash(_folder["alone"])));
            Assert.That(ZooData.Hash(_folder["0"]), Is.Not.EqualTo(ZooData.Hash(_folder["alone"])));
        }
    }

    [Test]
    public async Task Train_OnMergedAdapters_IsTrainingOnTheMergedModel(CancellationToken token)
    {
        string[] merged = [ZooData.Adapter(0), ZooData.Adapter(1)];
        new AdapterMerger().Merge(ZooData.BaseModel, merged, _folder["merged"], new AdapterMergeOptions { OutputType = DataType.F32 }, cancellationToken: token);
        using RuntimeTrainer trainer = new(ZooData.Examples, Short);
        TrainingTask task = ZooData.Task(_folder["folded"]);
        await trainer.TrainAsync(task with { MergedAdapters = merged }, null, token);
        using RuntimeTrainer other = new(ZooData.Examples, Short with { BaseFolder = _folder["merged"] });
        await other.TrainAsync(task with { OutputFolder = Directory.CreateDirectory(_folder["written"]).FullName }, null, token);
        await trainer.TrainAsync(task with { OutputFolder = Directory.CreateDirectory(_folder["neither"]).FullName }, null, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ZooData.Hash(_folder["folded"]), Is.EqualTo(ZooData.Hash(_folder["written"])));
            Assert.That(ZooData.Hash(_folder["folded"]), Is.Not.EqualTo(ZooData.Hash(_folder["neither"])));
        }
    }

    [TestCase(FrozenFactor.None, 0, true, true)]
    [TestCase(FrozenFactor.A, 0, false, true)]
    [TestCase(FrozenFactor.B, 0, true, false)]
    [TestCase(FrozenFactor.Alternating, 2, false, true)]
    [TestCase(FrozenFactor.Alternating, 3, true, false)]
    public async Task Train_WithAFrozenFactor_LeavesItAsItWas(FrozenFactor frozen, int round, bool changesA, bool changesB, CancellationToken token)
    {
        using RuntimeTrainer trainer = new(ZooData.Examples, Short with { Frozen = frozen });
        TrainingTask task = ZooData.Task(_folder["client"]) with { Round = round, StartAdapter = ZooData.Adapter(3) };
        TrainedUpdate update = await trainer.TrainAsync(task, null, token);

        using LoraAdapter before = LoraAdapter.Open(ZooData.Adapter(3));
        using LoraAdapter after = LoraAdapter.Open(update.Folder!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Modules.Select(module => (module.Path, module.Scaling)), Is.EqualTo(before.Modules.Select(module => (module.Path, module.Scaling))));
            Assert.That(before.Modules.Zip(after.Modules, (one, other) => !IsSame(one.A, other.A)), Is.All.EqualTo(changesA));
            Assert.That(before.Modules.Zip(after.Modules, (one, other) => !IsSame(one.B, other.B)), Is.All.EqualTo(changesB));
        }
    }

    [Test]
    public async Task Train_ThatIsCancelled_StopsBetweenSteps_AndLeavesTheTrainerWhole(CancellationToken token)
    {
        using RuntimeTrainer trainer = new(ZooData.Examples, Short);
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(token);
        List<double?> steps = [];
        Stopper stopper = new(value =>
        {
            steps.Add(value.Fraction);
            source.Cancel();
        });

        Assert.That(
            async () => await trainer.TrainAsync(ZooData.Task(_folder["stopped"]), stopper, source.Token), Throws.InstanceOf<OperationCanceledException>());
        await trainer.TrainAsync(ZooData.Task(_folder["whole"]), null, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(steps, Is.EqualTo((double?[])[1.0 / 3]));
            Assert.That(Directory.EnumerateFileSystemEntries(_folder["stopped"]), Is.Empty);
            Assert.That(ZooData.Hash(_folder["whole"]), Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task Train_OfOneClientOtherwise_DoesSo(CancellationToken token)
    {
        List<string> messages = [];
        RuntimeTrainerOptions options = Short with { ForClient = (task, training) => training with { Steps = task.ClientId is "3" ? 2 : training.Steps } };
        using RuntimeTrainer trainer = new(ZooData.Examples, options);
        await trainer.TrainAsync(ZooData.Task(_folder["3"]), new Stopper(value => messages.Add(value.Message)), token);
        await trainer.TrainAsync(ZooData.Task(_folder["4"], client: 4), new Stopper(value => messages.Add(value.Message)), token);

        Assert.That(messages.Select(message => message.Split(',')[0]), Is.EqualTo((string[])["step 1 of 2", "step 2 of 2", "step 1 of 3", "step 2 of 3", "step 3 of 3"]));
    }

    [Test]
    public void Train_WithoutExamplesOrBase_SaysWhatIsMissing()
    {
        using RuntimeTrainer trainer = new(new Dictionary<string, IReadOnlyList<TrainingExample>>(StringComparer.Ordinal) { ["4"] = ZooData.Examples("4") }, Short);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                async () => await trainer.TrainAsync(ZooData.Task(_folder["a"])),
                Throws.TypeOf<TrainingException>().With.Property(nameof(TrainingException.ClientId)).EqualTo("3").And.Message.Contains("no examples"));
            Assert.That(
                async () => await trainer.TrainAsync(ZooData.Task(_folder["b"], client: 4) with { BaseModel = null }),
                Throws.TypeOf<TrainingException>().With.Message.Contains(nameof(RuntimeTrainerOptions.BaseFolder)));
        }
    }

    [Test]
    public void AddRuntimeTrainer_RegistersOneTrainer_ThatTheContainerDisposes()
    {
        ServiceProvider provider = new ServiceCollection()
            .AddRuntimeTrainer((_, client) => ZooData.Examples(client), options => options with { Frozen = FrozenFactor.A })
            .BuildServiceProvider();
        ILocalTrainer trainer = provider.GetRequiredService<ILocalTrainer>();
        Assert.That(trainer, Is.SameAs(provider.GetRequiredService<RuntimeTrainer>()));

        provider.Dispose();
        Assert.That(async () => await trainer.TrainAsync(ZooData.Task(_folder["late"])), Throws.TypeOf<ObjectDisposedException>());
    }

    private static bool IsSame(TensorSource one, TensorSource other) => Bytes(one).AsSpan().SequenceEqual(Bytes(other));

    private static byte[] Bytes(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        return bytes;
    }

    private sealed class Stopper(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
