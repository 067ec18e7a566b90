using LoraFederation.Rounds;
using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors.Devices.Cpu;
using RunKit;

namespace LoraFederation.Tests.Rounds;

/// <summary>Training in another process, here a shell that copies an adapter.</summary>
[Platform("Unix")]
[CancelAfter(60_000)]
public sealed class ProcessTrainerTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    private readonly TestFolder _folder = new();

    [SetUp]
    public void WriteAdapter() => FakeTrainer.Adapter(new TrainingTask("x", 0, "s", 1, "f") { Rank = 2, Alpha = 4 }).Save(_folder["trained"], Device);

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Run_WithAProcess_TakesWhatItLeaves(CancellationToken token)
    {
        ProcessTrainer trainer = Shell("cp \"$TRAINED\"/* \"$1\" && echo '{{\"examples\": 12}}' > \"$1/update.json\" && echo \"round $2 seed $3\"", "{out}", "{round}", "{seed}");
        Reports reports = new();
        FederatedRunResult result = await new FederatedRun(Device, trainer, FakeTrainer.Clients("a", "b")).RunAsync(_folder["run"], reports, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Rounds.Single().Clients.Select(client => (client.ClientId, client.Examples, client.MaxRank)), Is.EqualTo([("a", 12L, 2), ("b", 12L, 2)]));
            Assert.That(reports.Messages, Has.Exactly(2).StartsWith("round 0 seed "));
            Assert.That(Directory.Exists(_folder["run", "round-0000", "work"]), Is.False);
        }
    }

    [Test]
    public async Task Train_WritesTheTaskForTheProcess(CancellationToken token)
    {
        Directory.CreateDirectory(_folder["out"]);
        ProcessTrainer trainer = Shell("cp \"$1\" \"$2\"; echo '{{\"examples\": 1, \"round\": 3, \"base_state\": \"s\"}}' > \"$3/update.json\"", "{task}", _folder["copy.json"], "{out}");
        TrainingTask task = new("a", 4, "state", 18446744073709551615, _folder["out"]) { MergedAdapters = ["one", "two"], BaseModel = "org/base" };
        TrainedUpdate update = await trainer.TrainAsync(task, null, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((update.Round, update.BaseState, update.Examples), Is.EqualTo((3, "s", 1L)));
            Assert.That(await File.ReadAllTextAsync(_folder["copy.json"], token), Does.Contain("\"client_id\": \"a\"").And.Contain("\"merged_adapters\"").And.Contain("18446744073709551615"));
        }
    }

    [TestCase("exit 3", "code 3")]
    [TestCase("echo no data >&2; exit 1", "no data")]
    [TestCase("true", "update.json")]
    [TestCase("echo '{{}}' > \"$1/update.json\"", "examples")]
    [TestCase("echo '{{\"examples\": -1}}' > \"$1/update.json\"", "not negative")]
    [TestCase("echo nothing > \"$1/update.json\"", "update.json")]
    public async Task Run_WithAProcessThatFails_RecordsTheReason(string script, string reason, CancellationToken token)
    {
        FederationException error = (await Assert.ThrowsAsync<FederationException>(
            () => new FederatedRun(Device, Shell(script, "{out}"), FakeTrainer.Clients("a")).RunAsync(_folder["run"], null, token)))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems[1].Error, Is.EqualTo(FederationError.DroppedOut));
            Assert.That(error.Problems[1].Message, Does.Contain("'a'").And.Contain(reason));
        }
    }

    [Test]
    public async Task Run_WithAProcessThatTakesTooLong_KillsIt(CancellationToken token)
    {
        ManualTime time = new();
        Reports reports = new(message => time.Advance(TimeSpan.FromHours(message is "ready" ? 1 : 0)));
        FederatedRunOptions options = new() { TimeOut = TimeSpan.FromMinutes(1), Time = time };
        FederationException error = (await Assert.ThrowsAsync<FederationException>(() => new FederatedRun(
            Device, Shell("echo ready; tail -f /dev/null"), FakeTrainer.Clients("a"), options).RunAsync(_folder["run"], reports, token)))!;
        Assert.That(error.Problems[1].Error, Is.EqualTo(FederationError.TimedOut));
    }

    [Test]
    public void Create_WithAPlaceThatIsNone_IsRefused_WithThoseThereAre() => Assert.That(
        () => new ProcessTrainer("train {output}"), Throws.ArgumentException.With.Message.Contains("{output}").And.Message.Contains("{out}"));

    private ProcessTrainer Shell(string script, params string[] arguments) => new(
        new CommandTemplate(["/bin/sh", "-c", script, "sh", .. arguments]),
        new ProcessTrainerOptions { Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["TRAINED"] = _folder["trained"] } });

    private sealed class Reports(Action<string>? heard = null) : IProgress<FederatedRunProgress>
    {
        private readonly List<string> _messages = [];

        public IReadOnlyList<string> Messages => _messages;

        public void Report(FederatedRunProgress value)
        {
            if (value.Message is { } message)
            {
                _messages.Add(message);
                heard?.Invoke(message);
            }
        }
    }
}
