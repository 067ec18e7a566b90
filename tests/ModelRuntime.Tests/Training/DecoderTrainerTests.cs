using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;
using ModelRuntime.Training.Schedules;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelRuntime.Tests.Training;

/// <summary>Trainings of decoders.</summary>
public sealed class DecoderTrainerTests
{
    private static readonly DecoderConfig Config = new()
    {
        VocabularySize = 40,
        HiddenSize = 32,
        IntermediateSize = 48,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 8,
    };

    private static readonly LoraOptions Lora = new() { Rank = 3, Alpha = 6, Dropout = 0.1, TargetModules = ["q_proj", "v_proj", "down_proj"] };
    private static readonly TrainingOptions Options = new() { LearningRate = 0.01, BatchSize = 4, Steps = 5, CheckpointEvery = 2, Seed = 3 };

    [Test]
    public void Train_FactorsOnTheGoldenBatch_GivesTheGoldenFactorsAfterThreeSteps()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(Goldens.Root, "goldens", "train.safetensors"));
        using DecoderModel model = DecoderModel.Load(Goldens.Zoo("a-base"));
        IReadOnlyList<Parameter> parameters = model.AttachLora(new LoraOptions { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "v_proj", "down_proj"] }, 1);
        foreach (Parameter parameter in parameters)
        {
            Load(golden, "lora.init.", parameter).CopyTo(parameter.Value.AsSpan<float>(0, (int)parameter.Value.Shape.ElementCount));
        }

        TrainingOptions options = new() { LearningRate = 1e-3, Schedule = new ConstantSchedule(), MaxGradientNorm = null, Steps = 3, BatchSize = 4 };
        TrainingResult result = new DecoderTrainer(model, parameters, options).Train(
        [
            Example("rev:jabcg=", "gcbaj"),
            Example("add:52+29=", "81"),
            Example("upr:bad=", "BAD"),
            Example("srt:igeca=", "acegi"),
        ]);
        double[] losses = [2.885002613067627, 2.7913875579833984, 2.6988625526428223];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Steps.Select(step => step.Loss), Is.EqualTo(losses).Within(1e-5));
            foreach (Parameter parameter in parameters)
            {
                Assert.That(Goldens.LargestDifference(parameter.Value.ToSingles(), Load(golden, "lora.step3.", parameter)), Is.LessThan(1e-5), parameter.Name);
            }
        }
    }

    [Test]
    public void Train_AllWeightsOnFourTexts_LearnsThemByHeart()
    {
        using DecoderModel model = DecoderModel.Create(Config, 1, new RuntimeOptions { Threads = 1 });
        TrainingExample[] examples = [.. Texts(4)];
        TrainingOptions options = new() { LearningRate = 0.02, BatchSize = 4, Steps = 150, Schedule = new CosineSchedule { WarmupSteps = 5 } };
        TrainingResult result = new DecoderTrainer(model, model.TrainAll(), options).Train(examples);
        MicroBatch all = MicroBatch.Of(examples);
        LossSum loss = model.Loss(all.Batch, all.Labels);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Steps[0].Loss, Is.GreaterThan(2));
            Assert.That(loss.Mean, Is.LessThan(0.02));
            Assert.That(result.Loss, Is.EqualTo(loss.Mean).Within(0.01));
        }
    }

    [Test]
    public void Train_Factors_LeavesTheBaseAlone()
    {
        using DecoderModel model = Make();
        float[] before = Weights(model);
        TrainingResult result = new DecoderTrainer(model, model.AttachLora(Lora, 1), Options with { Steps = 30 }).Train([.. Texts(4)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Loss, Is.LessThan(result.Steps[0].Loss - 0.1));
            Assert.That(Weights(model), Is.EqualTo(before));
        }
    }

    [Test]
    public void Train_SomeParameters_LeavesTheOthers()
    {
        using DecoderModel model = Make();
        IReadOnlyList<Parameter> parameters = model.AttachLora(Lora, 1);
        Parameter[] second = [.. parameters.Where(parameter => parameter.Name.Contains("lora_B", StringComparison.Ordinal))];
        float[][] before = [.. parameters.Select(parameter => parameter.Value.ToSingles())];
        new DecoderTrainer(model, second, Options).Train([.. Texts(4)]);
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < parameters.Count; i++)
            {
                Assert.That(parameters[i].Value.ToSingles().SequenceEqual(before[i]), Is.EqualTo(!second.Contains(parameters[i])), parameters[i].Name);
            }
        }
    }

    [Test]
    public void Train_WithAnyNumberOfThreads_GivesTheSameBytes([Values] bool trainsAll)
    {
        float[] one = Train(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Train(2).AsSpan().SequenceEqual(one), Is.True);
            Assert.That(Train(5).AsSpan().SequenceEqual(one), Is.True);
        }

        // Large enough that every part of a step is worth several threads.
        float[] Train(int threads)
        {
            DecoderConfig config = Config with { VocabularySize = 600, HiddenSize = 64, IntermediateSize = 256 };
            using DecoderModel model = DecoderModel.Create(config, 1, new RuntimeOptions { Threads = threads });
            IReadOnlyList<Parameter> parameters = trainsAll ? model.TrainAll() : model.AttachLora(Lora, 1);
            new DecoderTrainer(model, parameters, Options).Train([.. Texts(9, length: 50)]);
            return Values(parameters);
        }
    }

    [Test]
    public void Train_StoppedAndResumed_GivesTheSameBytes([Values] bool trainsAll, [Values(1, 2, 4)] int stopped)
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { CheckpointFolder = folder.Path };
        (float[] expected, TrainingResult whole) = Run(Options, null);
        Assert.That(() => Run(options, stopped), Throws.InstanceOf<OperationCanceledException>());
        (float[] values, TrainingResult result) = Run(options, null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ResumedSteps, Is.EqualTo(stopped));
            Assert.That(result.Steps, Is.EqualTo(whole.Steps));
            Assert.That(values.AsSpan().SequenceEqual(expected), Is.True);
        }

        (float[] Values, TrainingResult Result) Run(TrainingOptions options, int? stop)
        {
            using CancellationTokenSource cancellation = new();
            using DecoderModel model = Make();
            IReadOnlyList<Parameter> parameters = trainsAll ? model.TrainAll() : model.AttachLora(Lora, 1);
            TrainingResult done = new DecoderTrainer(model, parameters, options).Train([.. Texts(9)], new Stopper(cancellation, stop), cancellation.Token);
            return (Values(parameters), done);
        }
    }

    [Test]
    public void Train_OtherModelsFromACheckpoint_IsRefused()
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { Steps = 1, CheckpointFolder = folder.Path };
        Run(Make(), Lora);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Run(Make(), Lora), Is.EqualTo(1), "The same one goes on.");
            AssertRefused(() => Run(DecoderModel.Create(Config, 2), Lora));
            AssertRefused(() => Run(DecoderModel.Create(Config with { RotaryBase = 20_000 }, 1), Lora));
            AssertRefused(() => Run(Make(), Lora with { Alpha = 12 }));
            AssertRefused(() => Run(Make(), Lora with { Dropout = 0.2 }));
            AssertRefused(() => Run(Make(), Lora with { UsesRankStabilization = true }));
            AssertRefused(() => Run(Make(), Lora with { Rank = 4 }));
            AssertRefused(() => Run(Make(), Lora, onlySecond: true));
            AssertRefused(() => Run(Make(), Lora, seed: 2));
        }

        int Run(DecoderModel model, LoraOptions lora, bool onlySecond = false, ulong seed = 1)
        {
            using (model)
            {
                Parameter[] parameters = [.. model.AttachLora(lora, seed).Where(parameter => !onlySecond || parameter.Name.Contains("lora_B", StringComparison.Ordinal))];
                return new DecoderTrainer(model, parameters, options).Train([.. Texts(4)]).ResumedSteps;
            }
        }
    }

    [Test]
    public void Train_AllWeightsOfAnotherModel_IsRefusedAndLeavesThem()
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { Steps = 1, CheckpointFolder = folder.Path };
        using DecoderModel first = Make();
        using DecoderModel other = DecoderModel.Create(Config, 2, new RuntimeOptions { Threads = 1 });
        new DecoderTrainer(first, first.TrainAll(), options).Train([.. Texts(4)]);
        float[] before = Weights(other);
        using (Assert.EnterMultipleScope())
        {
            AssertRefused(() => new DecoderTrainer(other, other.TrainAll(), options).Train([.. Texts(4)]));
            Assert.That(Weights(other), Is.EqualTo(before));
        }
    }

    [Test]
    public void Train_FrozenFactorsFromAnotherDraw_IsRefused()
    {
        using TestFolder folder = new();
        TrainingOptions options = Options with { Steps = 1, CheckpointFolder = folder.Path };
        Run(1);
        AssertRefused(() => Run(2));

        void Run(ulong seed)
        {
            using DecoderModel model = Make();
            Parameter[] second = [.. model.AttachLora(Lora, seed).Where(parameter => parameter.Name.Contains("lora_B", StringComparison.Ordinal))];
            new DecoderTrainer(model, second, options).Train([.. Texts(4)]);
        }
    }

    [Test]
    public void Train_InPartsOfABatch_IsTheWholeBatchUpToRounding()
    {
        TrainingExample[] examples = [.. Texts(8)];
        TrainingOptions options = Options with { BatchSize = 8, Steps = 2, ShufflesExamples = false };
        (double wholeLoss, float[] whole) = Run(options);
        (double partedLoss, float[] parted) = Run(options with { MicroBatchTokens = examples.Take(4).Sum(example => example.Tokens.Length) });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(partedLoss, Is.EqualTo(wholeLoss).Within(1e-5));
            Assert.That(Goldens.LargestDifference(parted, whole), Is.LessThan(1e-5));
        }

        (double Loss, float[] Values) Run(TrainingOptions options)
        {
            using DecoderModel model = Make();
            IReadOnlyList<Parameter> parameters = model.AttachLora(Lora with { Dropout = 0 }, 1);

            // Fresh factors B are zero, whose steps are the learning rate times the sign of a gradient, however small: no rounding is small there.
            foreach (Parameter parameter in parameters)
            {
                Span<float> values = parameter.Value.AsSpan<float>(0, (int)parameter.Value.Shape.ElementCount);
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = ((Philox.Draw(i, new PhiloxKey(1, 1)) / 32768f) - 1) / 8;
                }
            }

            TrainingResult result = new DecoderTrainer(model, parameters, options with { Optimizer = new AdamWOptions { Epsilon = 1e-3 } }).Train(examples);
            return (result.Loss, Values(parameters));
        }
    }

    [Test]
    public void Train_AnExampleOfAnotherVocabulary_Throws()
    {
        using DecoderModel model = Make();
        DecoderTrainer trainer = new(model, model.TrainAll());
        Assert.That(() => trainer.Train([new TrainingExample((int[])[1, 2]), new TrainingExample((int[])[1, 40])]), Throws.ArgumentException.With.Message.Contains("Example 1 has token 40 at place 1"));
    }

    [Test]
    public void Train_WithoutExamples_Throws()
    {
        using DecoderModel model = Make();
        Assert.That(() => new DecoderTrainer(model, model.TrainAll()).Train([]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Create_WithoutParametersOrWithOneTwice_Throws()
    {
        using DecoderModel model = Make();
        Parameter parameter = model.TrainAll()[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new DecoderTrainer(model, []), Throws.ArgumentException);
            Assert.That(() => new DecoderTrainer(model, [parameter, parameter]), Throws.ArgumentException);
        }
    }

    [Test]
    public void Create_WithParametersThatAreNotTheModels_Throws()
    {
        using DecoderModel model = Make();
        using DecoderModel other = Make();
        IReadOnlyList<Parameter> detached = model.AttachLora(Lora, 1);
        model.DetachLora();
        IReadOnlyList<Parameter> own = model.TrainAll();
        IReadOnlyList<Parameter> others = other.TrainAll();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new DecoderTrainer(model, others), Throws.ArgumentException.With.Message.Contains($"'{others[0].Name}'"));
            Assert.That(() => new DecoderTrainer(model, [.. own.Take(2), others[2]]), Throws.ArgumentException.With.Message.Contains($"'{others[2].Name}'"));
            Assert.That(() => new DecoderTrainer(model, detached), Throws.ArgumentException.With.Property("ParamName").EqualTo("parameters"));
            Assert.That(() => new DecoderTrainer(model, own), Throws.Nothing);
        }
    }

    private static DecoderModel Make() => DecoderModel.Create(Config, 1, new RuntimeOptions { Threads = 1 });

    private static IEnumerable<TrainingExample> Texts(int count, int length = 4) => Enumerable.Range(0, count).Select(i =>
        new TrainingExample((int[])[1, 3 + i, .. Enumerable.Range(0, length + (i % 4)).Select(t => 3 + (Philox.Draw((i * 256) + t, new PhiloxKey(5, 5)) % 37)), 2], 2));

    private static TrainingExample Example(string prompt, string answer) =>
        new((int[])[1, .. (prompt + answer).Select(c => (int)c), 2], 1 + prompt.Length);

    private static float[] Values(IEnumerable<Parameter> parameters) => [.. parameters.SelectMany(parameter => parameter.Value.ToSingles())];

    private static float[] Weights(DecoderModel model)
    {
        using MemoryTensorSet weights = model.ToTensorSet();
        return [.. weights.Names.SelectMany(name => Goldens.Singles(weights, name))];
    }

    private static float[] Load(SafetensorsFile file, string prefix, Parameter parameter)
    {
        Assert.That(file.TryGet($"{prefix}base_model.model.{parameter.Name}", out TensorSource? source), Is.True, parameter.Name);
        using HostTensor tensor = Floats.Copy(source!);
        return tensor.ToSingles();
    }

    private static void AssertRefused(Action run)
    {
        RuntimeException? error = Assert.Throws<RuntimeException>(() => run());
        Assert.That(error?.Error, Is.EqualTo(RuntimeError.CheckpointInvalid));
    }

    private sealed class Stopper(CancellationTokenSource cancellation, int? step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Steps == step)
            {
                cancellation.Cancel();
            }
        }
    }
}
