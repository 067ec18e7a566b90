using ModelRuntime.Training;
using ModelRuntime.Training.Schedules;
using ModelSdk.Testing;

namespace ModelRuntime.Tests.Training;

/// <summary>The steps of a training, of a model whose gradients are known.</summary>
public sealed class TrainingLoopTests
{
    private static readonly TrainingOptions Options = new() { LearningRate = 0.05, BatchSize = 4, Epochs = 3, Schedule = new CosineSchedule { WarmupSteps = 2 } };

    [Test]
    public void Run_OfOneStep_IsAStepOfTheOptimizer()
    {
        TrainingExample[] examples = BigramData.Draw(4);
        TrainingOptions options = Options with { Epochs = 1, Schedule = new ConstantSchedule(), MaxGradientNorm = null, ShufflesExamples = false };
        BigramModel model = new();
        TrainingResult result = Run(model, examples, options);

        BigramModel other = new();
        MicroBatch all = MicroBatch.Of(examples);
        LossSum loss = other.AddGradients(all.Batch, all.Labels, 1.0 / all.LabelCount, 0, CancellationToken.None);
        using AdamW optimizer = new(other.Parameters);
        optimizer.Step(0.05);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.Weights(), Is.EqualTo(other.Weights()));
            Assert.That(result.Steps, Has.Count.EqualTo(1));
            Assert.That(result.Loss, Is.EqualTo(loss.NegativeLogLikelihood / loss.Labels).Within(1e-15));
            Assert.That(result.Steps[0].Labels, Is.EqualTo(loss.Labels));
            Assert.That(result.Tokens, Is.EqualTo(all.Batch.TokenCount));
            Assert.That(result.Steps[0].GradientNorm, Is.EqualTo(new Gradients(other.Parameters, 1).Norm(out _)));
        }
    }

    [Test]
    public void Run_OfManySteps_LearnsWhatFollowsWhat()
    {
        // Each token is followed by the one after it: a loss of zero is within reach.
        TrainingExample[] examples = [.. Enumerable.Range(0, 8).Select(i => new TrainingExample((int[])[i, i + 1, i + 2, i + 3]))];
        TrainingResult result = Run(new BigramModel(), examples, Options with { Epochs = 100, LearningRate = 0.2 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Steps[0].Loss, Is.GreaterThan(1.5));
            Assert.That(result.Loss, Is.LessThan(0.02));
        }
    }

    [Test]
    public void Run_OfPartsOfABatch_IsThatOfTheBatch()
    {
        TrainingExample[] examples = BigramData.Draw(8);
        TrainingOptions options = Options with { BatchSize = 8 };
        BigramModel whole = new();
        BigramModel parted = new();
        TrainingResult one = Run(whole, examples, options);
        TrainingResult parts = Run(parted, examples, options with { MicroBatchTokens = 12 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parted.Calls, Has.Count.GreaterThan(2 * whole.Calls.Count));
            Assert.That(parts.Loss, Is.EqualTo(one.Loss).Within(1e-6));
            Assert.That(parted.Weights(), Is.EqualTo(whole.Weights()).Within(1e-5));
        }
    }

    [Test]
    public void Run_WithAGreatestNorm_ShortensLongerGradientsOnly()
    {
        // The step of Adam does not depend on the gradient's length unless epsilon is large.
        TrainingExample[] examples = BigramData.Draw(4);
        TrainingOptions options = Options with { Epochs = 1, Schedule = new ConstantSchedule(), Optimizer = new AdamWOptions { Epsilon = 1e6, WeightDecay = 0 }, LearningRate = 1e6 };
        BigramModel free = new();
        BigramModel clipped = new();
        BigramModel loose = new();
        double norm = Run(free, examples, options with { MaxGradientNorm = null }).Steps[0].GradientNorm;
        Run(clipped, examples, options with { MaxGradientNorm = norm / 4 });
        Run(loose, examples, options with { MaxGradientNorm = norm * 4 });
        float[] start = new BigramModel().Weights();
        double[] freeMoves = [.. free.Weights().Zip(start, (after, before) => (double)after - before)];
        double[] clippedMoves = [.. clipped.Weights().Zip(start, (after, before) => (double)after - before)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(freeMoves.Max(Math.Abs), Is.GreaterThan(1e-2));
            Assert.That(clippedMoves, Is.EqualTo(freeMoves.Select(move => move / 4)).Within(1e-6));
            Assert.That(loose.Weights(), Is.EqualTo(free.Weights()));
        }
    }

    [Test]
    public void Run_OfEachPart_HasItsOwnDropoutSeed()
    {
        BigramModel model = new();
        Run(model, BigramData.Draw(8), Options with { MicroBatchTokens = 12 });
        BigramModel again = new();
        Run(again, BigramData.Draw(8), Options with { MicroBatchTokens = 12 });
        BigramModel other = new();
        Run(other, BigramData.Draw(8), Options with { MicroBatchTokens = 12, Seed = 1 });
        ulong[] seeds = [.. model.Calls.Select(call => call.DropoutSeed)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seeds, Is.Unique);
            Assert.That(again.Calls.Select(call => call.DropoutSeed), Is.EqualTo(seeds));
            Assert.That(other.Calls.Select(call => call.DropoutSeed).Intersect(seeds), Is.Empty);
        }
    }

    [Test]
    public void Run_WithASchedule_FollowsIt()
    {
        TrainingResult result = Run(new BigramModel(), BigramData.Draw(8), Options);
        Assert.That(
            result.Steps.Select(step => step.LearningRate),
            Is.EqualTo(Enumerable.Range(0, 6).Select(step => 0.05 * Options.Schedule.FactorOf(step, 6))));
    }

    [Test]
    public void Run_ThatReports_TellsEachStep()
    {
        List<TrainingProgress> reports = [];
        ManualTime time = new();
        BigramModel model = new() { Before = _ => time.Advance(TimeSpan.FromSeconds(2)) };
        TrainingResult result = new TrainingLoop(model, Options, time).Run(BigramData.Draw(8), new Reporter(reports), CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports.Select(report => report.Steps), Is.EqualTo([1, 2, 3, 4, 5, 6]));
            Assert.That(reports.Select(report => report.Last), Is.EqualTo(result.Steps));
            Assert.That(reports[2].Completion, Is.EqualTo(0.5));
            Assert.That(reports[2].Elapsed, Is.EqualTo(TimeSpan.FromSeconds(6)));
            Assert.That(reports[2].TokensPerSecond, Is.EqualTo(result.Steps.Take(3).Sum(step => step.Tokens) / 6.0));
            Assert.That(result.TokensPerSecond, Is.EqualTo(result.Tokens / 12.0));
        }
    }

    [Test]
    public void Run_WithAGradientThatIsNotFinite_NamesStepAndParameterAndKeepsTheWeights()
    {
        BigramModel model = null!;
        float[] before = [];
        model = new()
        {
            Before = call =>
            {
                if (call == 2)
                {
                    before = model.Weights();
                    model.Bias.Gradient.AsSpan<float>(0, 1)[0] = float.NaN;
                }
            },
        };
        RuntimeException? error = Assert.Throws<RuntimeException>(() => Run(model, BigramData.Draw(8), Options));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Error, Is.EqualTo(RuntimeError.NotFinite));
            Assert.That(error.TensorName, Is.EqualTo("bias"));
            Assert.That(error.Message, Does.StartWith("Step 3: "));
            Assert.That(model.Weights(), Is.EqualTo(before));
        }
    }

    [Test]
    public void Run_ThatIsCancelled_Stops()
    {
        using CancellationTokenSource cancellation = new();
        BigramModel model = new() { Before = call => Cancel(cancellation, call == 3) };
        Assert.That(
            () => new TrainingLoop(model, Options, TimeProvider.System).Run(BigramData.Draw(8), null, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(model.Calls, Has.Count.EqualTo(3));
    }

    [Test]
    public void Options_OutsideOfTheirRanges_Throw()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new TrainingOptions { LearningRate = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { LearningRate = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { MaxGradientNorm = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { MaxGradientNorm = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { BatchSize = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { MicroBatchTokens = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { Epochs = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { Steps = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { CheckpointEvery = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TrainingOptions { Schedule = null! }, Throws.ArgumentNullException);
            Assert.That(() => new TrainingOptions { Optimizer = null! }, Throws.ArgumentNullException);
        }
    }

    private static TrainingResult Run(BigramModel model, TrainingExample[] examples, TrainingOptions options) =>
        new TrainingLoop(model, options, TimeProvider.System).Run(examples, null, CancellationToken.None);

    private static void Cancel(CancellationTokenSource cancellation, bool now)
    {
        if (now)
        {
            cancellation.Cancel();
        }
    }

    private sealed class Reporter(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
