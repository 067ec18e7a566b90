using LoraFederation.Rounds;
using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Rounds;

/// <summary>One client's fault costs the round that client, and the reason is told. The client at fault comes first, where a measure by the first would take it for right.</summary>
[CancelAfter(60_000)]
public sealed class QuarantineTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    private readonly TestFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    private static IEnumerable<TestCaseData> Faults()
    {
        yield return Case("NaN", task => new TrainedUpdate(With(task, float.NaN), 1), FederationError.NonFinite, "NaN");
        yield return Case("infinity", task => new TrainedUpdate(With(task, float.PositiveInfinity), 1), FederationError.NonFinite, "infinite");
        yield return Case("shape", task => new TrainedUpdate(new LoraAdapter([Module("layers.0.q_proj", 12, 11)]), 1), FederationError.ShapeMismatch, "[12, 11]");
        yield return Case("kind", task => new TrainedUpdate(new LoraAdapter([Embedding("layers.0.q_proj", 12, 10)]), 1), FederationError.KindMismatch, "embedding");
        yield return Case("base name", task => new TrainedUpdate(FakeTrainer.Adapter(task, new LoraAdapterWriterOptions { BaseModel = "other" }), 1), FederationError.BaseMismatch, "'other'");
        yield return Case("state", task => new TrainedUpdate(FakeTrainer.Adapter(task), 1) { BaseState = "other" }, FederationError.BaseMismatch, "base state other");
        yield return Case("late", task => new TrainedUpdate(FakeTrainer.Adapter(task), 1) { Round = task.Round - 1 }, FederationError.RoundMismatch, "late ones are refused");
        yield return Case("early", task => new TrainedUpdate(FakeTrainer.Adapter(task), 1) { Round = task.Round + 1 }, FederationError.RoundMismatch, "answers round 2");
        yield return Case("rank", task => new TrainedUpdate(FakeTrainer.Adapter(task with { Rank = 9 }), 1), FederationError.OverLimit, "rank 9");
        yield return Case("examples", task => new TrainedUpdate(FakeTrainer.Adapter(task), 1001), FederationError.OverLimit, "1001 examples");
        yield return Case("bytes", task => new TrainedUpdate(new LoraAdapter([Module("layers.0.q_proj", 1200, 1000)]), 1), FederationError.OverLimit, "bytes");
        yield return Case("no files", task => new TrainedUpdate(task.OutputFolder, 1), FederationError.Unreadable, "adapter_config.json");
        yield return Case("DoRA", _ => new TrainedUpdate(new LoraAdapter([Dora("layers.0.q_proj", 12, 10)]), 1), FederationError.Unsupported, "DoRA");
        yield return Case("unknown key", task => Changed(task, "\"peft_type\"", "\"use_other\": true, \"peft_type\""), FederationError.Unreadable, "use_other");
        yield return Case("no JSON", task => Changed(task, "{", "["), FederationError.Unreadable, "adapter_config.json");
        yield return Case("cut off", CutOff, FederationError.Unreadable, "adapter_model.safetensors");
    }

    [TestCaseSource(nameof(Faults))]
    public async Task Run_WithAnUpdateAtFault_GoesOnWithoutIt(Func<TrainingTask, TrainedUpdate> fault, FederationError error, string reason, CancellationToken token)
    {
        FakeTrainer trainer = new()
        {
            Train = (task, _) => task switch
            {
                { Round: 1, ClientId: "a" } => Task.FromResult(fault(task)),
                { Round: 1 } => Task.FromResult(new TrainedUpdate(FakeTrainer.Adapter(task, new LoraAdapterWriterOptions { BaseModel = "base" }), 1)),
                _ => FakeTrainer.Honest(task),
            },
        };
        FederatedRunOptions options = new() { Rounds = 2, Limits = new UpdateLimits { MaxRank = 8, MaxExamples = 1000, MaxBytes = 5000 } };
        FederatedRunResult result = await new FederatedRun(Device, trainer, FakeTrainer.Clients("a", "b", "c"), options).RunAsync(_folder["run"], null, token);
        RoundManifest manifest = result.Rounds[1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(manifest.Clients.Select(client => client.ClientId), Is.EqualTo(["b", "c"]));
            Assert.That(manifest.Quarantined.Select(problem => problem.ClientId), Is.Not.Empty.And.All.EqualTo("a"));
            Assert.That(manifest.Quarantined[0].Error, Is.EqualTo(error));
            Assert.That(manifest.Quarantined[0].Message, Does.Contain("'a'").And.Contain(reason));
        }
    }

    [Test]
    public async Task Run_WithALateUpdate_ThatIsAccepted_TakesItForLess(CancellationToken token)
    {
        FakeTrainer trainer = new()
        {
            Train = (task, _) => Task.FromResult(task is { Round: 2, ClientId: "a" }
                ? new TrainedUpdate(FakeTrainer.Adapter(task), 100) { Round = 0, BaseState = ModelState.OfName(null) }
                : new TrainedUpdate(FakeTrainer.Adapter(task), 100)),
        };
        FederatedRunOptions options = new() { Rounds = 3, Stale = StalePolicy.Accept(2, exponent: 1) };
        FederatedRunResult result = await new FederatedRun(Device, trainer, FakeTrainer.Clients("a", "b"), options).RunAsync(_folder["run"], null, token);
        using (Assert.EnterMultipleScope())
        {
            // 100 · (1 + 2)^-1 against 100.
            Assert.That(result.Rounds[2].Clients.Select(client => client.Weight), Is.EqualTo([0.25, 0.75]).Within(1e-15));
            Assert.That(result.Rounds[2].Clients.Select(client => client.RoundsLate), Is.EqualTo([2, 0]));
        }
    }

    [TestCase(0, "another")]
    [TestCase(-1, null)]
    public async Task Run_WithALateUpdate_OfAnUnknownStateOrTooLate_RefusesIt(int answers, string? state, CancellationToken token)
    {
        FakeTrainer trainer = new()
        {
            Train = (task, _) => task is { Round: 1, ClientId: "a" }
                ? Task.FromResult(new TrainedUpdate(FakeTrainer.Adapter(task), 1) { Round = answers, BaseState = state })
                : FakeTrainer.Honest(task),
        };
        FederatedRunOptions options = new() { Rounds = 2, Stale = StalePolicy.Accept(1) };
        FederatedRunResult result = await new FederatedRun(Device, trainer, FakeTrainer.Clients("a", "b"), options).RunAsync(_folder["run"], null, token);
        Assert.That(result.Rounds[1].Quarantined.Single().ClientId, Is.EqualTo("a"));
    }

    private static TestCaseData Case(string name, Func<TrainingTask, TrainedUpdate> fault, FederationError error, string reason) =>
        new TestCaseData(fault, error, reason).SetArgDisplayNames(name);

    private static LoraModule Module(string path, int outputs, int inputs) =>
        RandomFederation.Module(path, outputs, inputs, 1, RandomFederation.Normal(new Random(1), inputs), RandomFederation.Normal(new Random(2), outputs));

    private static LoraModule Embedding(string path, int outputs, int inputs)
    {
        LoraModule linear = Module(path, outputs, inputs);
        return new LoraModule(path, LoraModuleKind.Embedding, linear.A, linear.B);
    }

    private static LoraModule Dora(string path, int outputs, int inputs)
    {
        LoraModule linear = Module(path, outputs, inputs);
        return new LoraModule(path, linear.Kind, linear.A, linear.B, magnitude: HostTensor.FromSingles(new float[outputs], new TensorShape(outputs)).Source);
    }

    private static LoraAdapter With(TrainingTask task, float value)
    {
        LoraAdapter adapter = FakeTrainer.Adapter(task);
        float[] numbers = Dense.Values(adapter.Modules[0].B);
        numbers[^1] = value;
        LoraModule changed = new(adapter.Modules[0].Path, adapter.Modules[0].Kind, adapter.Modules[0].A, HostTensor.FromSingles(numbers, adapter.Modules[0].B.Shape).Source);
        return new LoraAdapter([changed, adapter.Modules[1]]);
    }

    private static TrainedUpdate Changed(TrainingTask task, string what, string to)
    {
        string folder = Save(task);
        string config = Path.Combine(folder, "adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace(what, to, StringComparison.Ordinal));
        return new TrainedUpdate(folder, 1);
    }

    private static TrainedUpdate CutOff(TrainingTask task)
    {
        string folder = Save(task);
        using FileStream file = new(Path.Combine(folder, "adapter_model.safetensors"), FileMode.Open);
        file.SetLength(file.Length - 1);
        return new TrainedUpdate(folder, 1);
    }

    private static string Save(TrainingTask task)
    {
        string folder = Path.Combine(task.OutputFolder, "adapter");
        FakeTrainer.Adapter(task).Save(folder, Device);
        return folder;
    }
}
