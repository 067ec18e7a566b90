using ModelRuntime.Training;
using ModelRuntime.Training.Schedules;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Safetensors;

namespace ModelRuntime.Tests.Training;

/// <summary>Trainings that go on from a checkpoint, or refuse to.</summary>
public sealed class TrainingCheckpointTests
{
    private static readonly TrainingExample[] Examples = BigramData.Draw(10);
    private static readonly TrainingOptions Options = new() { LearningRate = 0.05, BatchSize = 4, Epochs = 4, Seed = 2, CheckpointEvery = 3 };

    [Test]
    public void Run_KilledAnywhereAndResumed_GivesTheSameBytes([Range(0, 11)] int killed)
    {
        using TestFolder folder = new();
        using TestFolder otherFolder = new();
        TrainingOptions options = Options with { CheckpointFolder = folder["run"] };
        BigramModel whole = new();
        TrainingResult expected = Run(whole, Options with { CheckpointFolder = otherFolder["run"] });
        Assert.That(() => Run(Killed(killed), options), Throws.TypeOf<KilledException>());
        BigramModel resumed = new();
        TrainingResult result = Run(resumed, options);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ResumedSteps, Is.EqualTo(killed / 3 * 3));
            Assert.That(resumed.Calls, Has.Count.EqualTo(12 - result.ResumedSteps));
            Assert.That(result.Steps, Is.EqualTo(expected.Steps));
            Assert.That(resumed.Weights(), Is.EqualTo(whole.Weights()));
            Assert.That(File.ReadAllBytes(folder["run", TrainingCheckpoint.FileName]), Is.EqualTo(File.ReadAllBytes(otherFolder["run", TrainingCheckpoint.FileName])));
            Assert.That(Directory.GetFiles(folder["run"]), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void Run_WithAndWithoutCheckpoints_GivesTheSameBytes()
    {
        using TestFolder folder = new();
        BigramModel with = new();
        BigramModel without = new();
        Run(with, Options with { CheckpointFolder = folder.Path });
        Run(without, Options);
        Assert.That(with.Weights(), Is.EqualTo(without.Weights()));
    }

    [Test]
    public void Run_ThatWasDone_TakesNoMoreSteps()
    {
        using TestFolder folder = new();
        BigramModel first = new();
        BigramModel second = new();
        Run(first, Options with { CheckpointFolder = folder.Path });
        TrainingResult result = Run(second, Options with { CheckpointFolder = folder.Path });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Calls, Is.Empty);
            Assert.That(second.Weights(), Is.EqualTo(first.Weights()));
            Assert.That(result.ResumedSteps, Is.EqualTo(12));
            Assert.That(result.TokensPerSecond, Is.Zero);
        }
    }

    [Test]
    public void Run_CancelledAndGoneOnWithTheSameModel_LosesOnlyTheStep([Range(0, 11)] int cancelled)
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { CheckpointFolder = folder.Path };
        bool isCancelled = false;
        BigramModel model = new()
        {
            Before = call =>
            {
                if (call == cancelled && !isCancelled)
                {
                    isCancelled = true;
                    throw new OperationCanceledException();
                }
            },
        };
        BigramModel whole = new();
        BigramModel again = new();
        Run(whole, Options);
        Assert.That(() => Run(model, options), Throws.InstanceOf<OperationCanceledException>());
        TrainingResult result = Run(model, options);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ResumedSteps, Is.EqualTo(cancelled));
            Assert.That(model.Weights(), Is.EqualTo(whole.Weights()));
            Assert.That(Run(again, options).ResumedSteps, Is.EqualTo(12), "The checkpoint still knows what the training began with.");
            Assert.That(Run(model, options).ResumedSteps, Is.EqualTo(12));
            Assert.That(again.Weights(), Is.EqualTo(whole.Weights()));
        }
    }

    [Test]
    public void Run_OfAModelWithOtherWeights_IsRefusedAndLeavesThem()
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { CheckpointFolder = folder.Path };
        Assert.That(() => Run(Killed(7), options), Throws.TypeOf<KilledException>());
        BigramModel other = new(seed: 8);
        BigramModel changed = new();
        changed.Bias.Value.AsSpan<float>(3, 1)[0] = 1e-30f;
        float[] weights = other.Weights();
        using (Assert.EnterMultipleScope())
        {
            AssertRefused(() => Run(other, options), "began with other weights");
            AssertRefused(() => Run(changed, options), "began with other weights");
            Assert.That(other.Weights(), Is.EqualTo(weights));
            Assert.That(Run(new BigramModel(), options).ResumedSteps, Is.EqualTo(6));
        }
    }

    [Test]
    public void Run_WithACheckpointHalfWritten_GoesOnFromTheOneBefore()
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { CheckpointFolder = folder.Path };
        Assert.That(() => Run(Killed(7), options), Throws.TypeOf<KilledException>());
        File.WriteAllBytes(folder[TrainingCheckpoint.FileName + ".partial"], File.ReadAllBytes(folder[TrainingCheckpoint.FileName])[..1000]);
        BigramModel resumed = new();
        BigramModel whole = new();
        TrainingResult result = Run(resumed, options);
        Run(whole, Options);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ResumedSteps, Is.EqualTo(6));
            Assert.That(resumed.Weights(), Is.EqualTo(whole.Weights()));
        }
    }

    [Test]
    public void Run_WithOtherSettings_IsRefused()
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { CheckpointFolder = folder.Path };
        Run(new BigramModel(), options);
        TrainingOptions[] others =
        [
            options with { LearningRate = 0.06 },
            options with { Schedule = new LinearSchedule() },
            options with { BatchSize = 5 },
            options with { MicroBatchTokens = 12 },
            options with { Epochs = 5 },
            options with { Seed = 3 },
            options with { ShufflesExamples = false },
            options with { MaxGradientNorm = 2 },
            options with { MaxGradientNorm = null },
            options with { Optimizer = new AdamWOptions { WeightDecay = 0 } },
            options with { Optimizer = new AdamWOptions { Beta1 = 0.8 } },
            options with { Optimizer = new AdamWOptions { Beta2 = 0.99 } },
            options with { Optimizer = new AdamWOptions { Epsilon = 1e-7 } },
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach (TrainingOptions other in others)
            {
                AssertRefused(() => Run(new BigramModel(), other), "another model, other examples or other settings");
            }

            AssertRefused(() => Run(new BigramModel { Name = "other" }, options), "another model");
            AssertRefused(() => Run(new BigramModel(), options, [.. Examples.Reverse()]), "other examples");
            AssertRefused(() => Run(new BigramModel(), options, [.. Examples[1..], new TrainingExample(Examples[0].Tokens, Examples[0].FirstAnswer + 1)]), "other examples");
        }
    }

    [Test]
    public void Run_WithOtherCheckpointSettings_GoesOn()
    {
        using TestFolder folder = new();
        Assert.That(() => Run(Killed(7), Options with { CheckpointFolder = folder.Path }), Throws.TypeOf<KilledException>());
        Assert.That(Run(new BigramModel(threads: 2), Options with { CheckpointFolder = folder.Path, CheckpointEvery = 5 }).ResumedSteps, Is.EqualTo(6));
    }

    [Test]
    public void Run_WithADamagedCheckpoint_IsRefusedAndLeavesTheWeights()
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { CheckpointFolder = folder.Path };
        string path = folder[TrainingCheckpoint.FileName];
        Run(new BigramModel(), options);
        byte[] whole = File.ReadAllBytes(path);
        float[] start = new BigramModel().Weights();
        using (Assert.EnterMultipleScope())
        {
            // Every length in steps, then one flipped bit in every part of the data.
            for (int length = 0; length < whole.Length; length += 97)
            {
                File.WriteAllBytes(path, whole[..length]);
                BigramModel model = new();
                AssertRefused(() => Run(model, options), "damaged");
                Assert.That(model.Weights(), Is.EqualTo(start));
            }

            int data = whole.Length - (int)DataLength(whole, path);
            for (int place = data; place < whole.Length; place += 131)
            {
                byte[] flipped = [.. whole];
                flipped[place] ^= 1;
                File.WriteAllBytes(path, flipped);
                BigramModel model = new();
                AssertRefused(() => Run(model, options), "not those that were written");
                Assert.That(model.Weights(), Is.EqualTo(start));
            }
        }
    }

    [Test]
    public void Run_WithAnotherFile_IsRefused()
    {
        using TestFolder folder = new();
        using (SafetensorsFileWriter.Create(folder[TrainingCheckpoint.FileName], SafetensorsHeader.Create([new TensorInfo("x", DataType.F32, new TensorShape(1))])))
        {
        }

        AssertRefused(() => Run(new BigramModel(), Options with { CheckpointFolder = folder.Path }), "has format 'pt'");
    }

    private static void AssertRefused(Action run, string words)
    {
        RuntimeException? error = Assert.Throws<RuntimeException>(() => run());
        Assert.That(error?.Error, Is.EqualTo(RuntimeError.CheckpointInvalid));
        Assert.That(error?.Message, Does.Contain(words));
        Assert.That(error?.File, Does.EndWith(TrainingCheckpoint.FileName));
    }

    private static long DataLength(byte[] file, string path) => SafetensorsHeader.Parse(file, file.Length, path).DataLength;

    private static BigramModel Killed(int atCall) => new() { Before = call => _ = call == atCall ? throw new KilledException() : 0 };

    private static TrainingResult Run(BigramModel model, TrainingOptions options, TrainingExample[]? examples = null) =>
        new TrainingLoop(model, options, TimeProvider.System).Run(examples ?? Examples, null, CancellationToken.None);

    /// <summary>What ends a training as the end of its process does: nothing is written any more.</summary>
    private sealed class KilledException : Exception;
}
