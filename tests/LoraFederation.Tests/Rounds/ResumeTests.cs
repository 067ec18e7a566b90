using LoraFederation.Rounds;
using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Rounds;

/// <summary>What a run's folder holds at any moment is enough to go on, to the same bytes.</summary>
[CancelAfter(300_000)]
public sealed class ResumeTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly FederatedClient[] Clients = FakeTrainer.Clients("a", "b", "c", "d");
    private static readonly FederatedRunOptions Options = new() { Rounds = 2, Quorum = 2 };

    private readonly TestFolder _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task ARunThatIsKilledAtAnyStep_GoesOnToTheSameBytes_AndRepeatsNothing([Values] RoundStart start, CancellationToken token)
    {
        FederatedRunOptions options = Options with { Start = start, CumulativeRank = start == RoundStart.ContinueGlobal ? null : 4 };

        // At every step the folder is copied as it is: what a kill at this moment leaves, without anything being put in order.
        List<string> steps = [];
        FakeTrainer whole = Trainer();
        await Run(whole, options with { OnStep = step => Snapshot(steps, whole, step) }, "whole", token);
        Dictionary<string, string> expected = RunFiles.Hash(_folder["whole"]);
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < steps.Count; i++)
            {
                FakeTrainer trainer = Trainer();
                await Run(trainer, options, $"{i}", token);
                Assert.That(RunFiles.Hash(_folder[$"{i}"]), Is.EqualTo(expected), $"killed at step {i}, {steps[i]}");

                // A client that was being stored when the run was killed is asked again; no other is.
                int begun = steps[i].EndsWith("stored", StringComparison.Ordinal) || steps[i].EndsWith("before Received", StringComparison.Ordinal)
                    || steps[i].EndsWith("before Lost", StringComparison.Ordinal) || steps[i].EndsWith("before Refused", StringComparison.Ordinal) ? 1 : 0;
                Assert.That(trainer.Tasks, Has.Count.EqualTo(whole.Tasks.Count - Begun(steps[i]) + begun), $"killed at step {i}, {steps[i]}");
            }

            Assert.That(steps, Has.Count.GreaterThan(30));
        }
    }

    [Test]
    public async Task ARunWhoseStepsFail_GoesOnToTheSameBytes(CancellationToken token)
    {
        List<string> steps = [];
        await Run(Trainer(), Options with { OnStep = steps.Add }, "whole", token);
        Dictionary<string, string> expected = RunFiles.Hash(_folder["whole"]);

        // One error at every step, one after the other in one folder, until nothing fails any more.
        int failures = 0;
        bool isFinished = false;
        HashSet<string> failed = new(StringComparer.Ordinal);
        while (!isFinished)
        {
            int count = 0;
            FederatedRunOptions options = Options with
            {
                OnStep = step =>
                {
                    if (failed.Add($"{step} {count++}"))
                    {
                        throw new IOException("the power is gone");
                    }
                },
            };
            try
            {
                await Run(Trainer(), options, "failing", token);
                isFinished = true;
            }
            catch (IOException)
            {
                failures++;
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failures, Is.GreaterThan(15));
            Assert.That(RunFiles.Hash(_folder["failing"]), Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task AnUpdateThatWasChangedSinceItWasReceived_IsNotBelieved(CancellationToken token)
    {
        FederatedRunOptions options = Options with { OnStep = step => Stop(step) };
        await Assert.ThrowsAsync<IOException>(() => Run(Trainer(), options, "run", token));
        await File.AppendAllTextAsync(_folder["run", "round-0000", "updates", "a", "adapter_config.json"], " ", token);
        FederationException error = (await Assert.ThrowsAsync<FederationException>(() => Run(Trainer(), Options, "run", token)))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.RunChanged));
            Assert.That(error.Message, Does.Contain("adapter_config.json"));
        }
    }

    private static void Stop(string step)
    {
        if (step is "global")
        {
            throw new IOException("stop");
        }
    }

    private static int Begun(string step) => int.Parse(step.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    // One client drops out of the first round, one hands in nonsense in the second.
    private static FakeTrainer Trainer() => new()
    {
        Train = (task, _) => (task.Round, task.ClientId) switch
        {
            (0, "b") => throw new InvalidOperationException("gone"),
            (1, "c") => Task.FromResult(new TrainedUpdate(task.OutputFolder, 3)),
            (1, "d") => Task.FromResult(new TrainedUpdate(FakeTrainer.Adapter(task), 3) { BaseState = "another" }),
            _ => FakeTrainer.Honest(task),
        },
    };

    private void Snapshot(List<string> steps, FakeTrainer trainer, string step)
    {
        RunFiles.Copy(_folder["whole"], _folder[$"{steps.Count}"]);
        steps.Add($"{trainer.Tasks.Count} {step}");
    }

    private Task<FederatedRunResult> Run(FakeTrainer trainer, FederatedRunOptions options, string name, CancellationToken token) =>
        new FederatedRun(Device, trainer, Clients, options).RunAsync(_folder[name], null, token);
}
