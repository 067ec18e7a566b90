using DataShapley.Estimators;
using DataShapley.Games;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tasks;
using ModelRuntime.Training;
using ModelRuntime.Training.Schedules;
using ModelSdk.Testing;
using ModelTensors.Checkpoints;

namespace DataShapley.Runtime.Tests;

public sealed class FineTuneUtilityTests
{
    private static readonly Coalition Good = Coalition.Of(6, 0, 1, 2, 3);
    private static readonly Coalition Bad = Coalition.Of(6, 4, 5);

    [Test]
    public async Task EvaluateAsync_OfNobody_IsTheScoreOfTheModelAsItIs()
    {
        using TinyGame game = new();
        using FineTuneUtility utility = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options);
        using DecoderModel model = DecoderModel.Load(game.Model);
        double expected = 0;
        foreach (TrainingExample example in TinyGame.Validation)
        {
            int[] labels = new int[example.Tokens.Length];
            example.WriteLabels(labels);
            expected -= model.Loss(TokenBatch.Of(example.Tokens), labels).NegativeLogLikelihood / TinyGame.Validation.Count;
        }

        double value = await ValueAsync(utility, Coalition.Empty(6));

        Assert.That(value, Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public async Task EvaluateAsync_OfRightAndWrongExamples_TellsThemApart([Values] bool isFull)
    {
        using TinyGame game = new();
        using FineTuneUtility utility = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, isFull ? TinyGame.Options with { Lora = null } : TinyGame.Options);

        double nobody = await ValueAsync(utility, Coalition.Empty(6));
        double good = await ValueAsync(utility, Good);
        double bad = await ValueAsync(utility, Bad);

        // Low-rank factors cannot move the head of a random model.
        double margin = isFull ? 0.5 : 0.1;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(good, Is.GreaterThan(nobody + margin));
            Assert.That(bad, Is.LessThan(good - margin));
        }
    }

    [Test]
    public async Task EvaluateAsync_AgainOrOfOthersInBetweenOrOnMoreThreads_GivesTheSameBits([Values] bool isFull, [Values(1, 2, 5)] int threads)
    {
        using TinyGame game = new();
        FineTuneOptions options = isFull ? TinyGame.Options with { Lora = null } : TinyGame.Options;
        using FineTuneUtility first = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, options);
        using FineTuneUtility second = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, options with { Threads = threads });

        double fresh = await ValueAsync(first, Good);
        await ValueAsync(second, Bad);
        double after = await ValueAsync(second, Good);
        double[] together = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => ValueAsync(second, i % 2 == 0 ? Good : Bad))));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(after, Is.EqualTo(fresh));
            Assert.That(together.Where((_, i) => i % 2 == 0), Is.All.EqualTo(fresh));
            Assert.That(second.Id, Is.EqualTo(first.Id));
        }
    }

    [Test]
    public async Task EvaluateAsync_WithAnotherSeed_GivesAnotherValue()
    {
        using TinyGame game = new();
        using FineTuneUtility utility = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options);
        using FineTuneUtility other = FineTuneUtility.Create(
            game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options with { Training = TinyGame.Options.Training with { Seed = 1 } });

        double value = await ValueAsync(utility, Good, seed: 1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ValueAsync(utility, Good, seed: 2), Is.Not.EqualTo(value));
            Assert.That(await ValueAsync(other, Good, seed: 1), Is.Not.EqualTo(value));
            Assert.That(other.Id, Is.Not.EqualTo(utility.Id));
        }
    }

    private static TrainingOptions Epoch(LearningRateSchedule schedule) => TinyGame.Options.Training with { Steps = null, Epochs = 1, BatchSize = 1, Schedule = schedule };

    [Test]
    public void Id_OfOtherModelsDataOrSettings_Differs()
    {
        using TinyGame game = new();
        using DecoderModel fresh = DecoderModel.Create(DecoderConfig.Read(game.Model.Config!), seed: 6);
        (TensorSet Model, IReadOnlyList<TrainingExample> Examples, IReadOnlyList<TrainingExample> Validation, FineTuneOptions Options)[] games =
        [
            (game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options),
            (fresh.ToTensorSet(), TinyGame.Examples, TinyGame.Validation, TinyGame.Options),
            (game.Model, [.. TinyGame.Examples.Skip(1)], TinyGame.Validation, TinyGame.Options),
            (game.Model, TinyGame.Examples, [.. TinyGame.Validation.Skip(1)], TinyGame.Options),
            (game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options with { Score = FineTuneScore.ExactMatch }),
            (game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options with { Lora = null }),
            (game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options with { Lora = TinyGame.Options.Lora! with { Rank = 2 } }),
            (game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options with { Training = TinyGame.Options.Training with { Steps = 9 } }),
            (game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options with { Training = TinyGame.Options.Training with { LearningRate = 0.03 } }),

            // Alike over the longest training, of four steps, and different over shorter ones.
            (game.Model, [.. TinyGame.Examples.Take(4)], TinyGame.Validation, TinyGame.Options with { Training = Epoch(new CosineSchedule { WarmupSteps = 2 }) }),
            (game.Model, [.. TinyGame.Examples.Take(4)], TinyGame.Validation, TinyGame.Options with { Training = Epoch(new CosineSchedule { WarmupRatio = 0.5 }) }),
        ];

        List<string> ids = [];
        foreach ((TensorSet model, IReadOnlyList<TrainingExample> examples, IReadOnlyList<TrainingExample> validation, FineTuneOptions options) in games)
        {
            using FineTuneUtility utility = FineTuneUtility.Create(model, examples, validation, options);
            ids.Add(utility.Id);
        }

        Assert.That(ids, Is.Unique);
    }

    [Test]
    public async Task EvaluateAsync_OfGroups_IsThatOfTheirMembers()
    {
        using TinyGame game = new();
        using FineTuneUtility singles = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options);
        using FineTuneUtility groups = FineTuneUtility.CreateGrouped(
            game.Model, [[.. TinyGame.Examples.Take(4)], [.. TinyGame.Examples.Skip(4)]], TinyGame.Validation, TinyGame.Options);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(groups.PlayerCount, Is.EqualTo(2));
            Assert.That(await ValueAsync(groups, Coalition.Of(2, 0)), Is.EqualTo(await ValueAsync(singles, Good)));
            Assert.That(await ValueAsync(groups, Coalition.Of(2, 1)), Is.EqualTo(await ValueAsync(singles, Bad)));
        }
    }

    [Test]
    public async Task EvaluateAsync_OfExactMatches_IsTheirShare()
    {
        TaskExample[] questions = [.. TaskFile.Load(TinyGame.Models("eval", "rev.jsonl")).Take(40)];
        TrainingExample[] validation = [.. questions.Select(question => TinyGame.Example(question.Prompt, question.Answer))];
        using FineTuneUtility utility = FineTuneUtility.Open(
            TinyGame.Models("a-base"), validation, validation, new FineTuneOptions { Score = FineTuneScore.ExactMatch });
        using DecoderModel model = DecoderModel.Load(TinyGame.Models("a-base"));
        IReadOnlyList<AnswerOutcome> outcomes = AnswerScorer.Score(model, TinyGame.Tokenizer, questions);

        double value = await ValueAsync(utility, Coalition.Empty(40));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(value, Is.EqualTo(outcomes.Average(outcome => outcome.IsExact ? 1.0 : 0.0)));
            Assert.That(value, Is.GreaterThan(0));
            Assert.That(utility.Range, Is.EqualTo(UtilityRange.Unit));
        }
    }

    [Test]
    public async Task EvaluateAsync_OfTheZoosBaseOnReversals_LearnsThem()
    {
        TrainingExample[] reversals = [.. TaskFile.Load(TinyGame.Models("eval", "rev.jsonl")).Select(question => TinyGame.Example(question.Prompt, question.Answer))];
        using FineTuneUtility utility = FineTuneUtility.OpenGrouped(
            TinyGame.Models("a-base"),
            [[.. reversals.Take(50)]],
            [.. reversals.Skip(50)],
            new FineTuneOptions { Training = new TrainingOptions { Steps = 10, LearningRate = 5e-3 }, Lora = new LoraOptions { Rank = 4 } });

        double nobody = await ValueAsync(utility, Coalition.Empty(1));
        double everybody = await ValueAsync(utility, Coalition.Full(1));

        Assert.That(everybody, Is.GreaterThan(nobody + 2));
    }

    [Test]
    public async Task ValueAsync_OfTheTinyGame_RanksWrongExamplesLast()
    {
        using TinyGame game = new();
        using FineTuneUtility utility = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options);

        ValuationResult values = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()) { Evaluation = new EvaluationOptions { Workers = 2 } });

        Assert.That(values.Ranking()[4..], Is.EquivalentTo((int[])[4, 5]));
    }

    [Test]
    public async Task ValueAsync_StoppedAndGoneOnFromItsJournal_GivesTheSameBits()
    {
        using TinyGame game = new();
        using TestFolder folder = new();
        using FineTuneUtility utility = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options);
        ValuationRecipe recipe = new(new FixedSizeMsrEstimator()) { Budget = 12 };
        ValuationRecipe journaled = recipe with { Evaluation = new EvaluationOptions { JournalPath = folder["evaluations.jsonl"], Workers = 1 } };
        ValuationResult whole = await new DataValuator().ValueAsync(utility, recipe);
        using CancellationTokenSource source = new();
        Stopping stopping = new(utility, evaluations: 5, source);

        Assert.That(async () => await new DataValuator().ValueAsync(stopping, journaled, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
        ValuationResult resumed = await new DataValuator().ValueAsync(utility, journaled);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(resumed.Values, Is.EqualTo(whole.Values));
            Assert.That(resumed.EvaluationCounts.Evaluated, Is.InRange(1, whole.EvaluationCounts.Evaluated - 5));
        }
    }

    [Test]
    public void Create_OfWhatCannotBe_IsRefused()
    {
        using TinyGame game = new();
        TrainingExample stranger = new((int[])[1, 128]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => FineTuneUtility.Create(game.Model, [], TinyGame.Validation), Throws.ArgumentException);
            Assert.That(() => FineTuneUtility.Create(game.Model, TinyGame.Examples, []), Throws.ArgumentException);
            Assert.That(() => FineTuneUtility.CreateGrouped(game.Model, [[], TinyGame.Examples], TinyGame.Validation), Throws.ArgumentException.With.Message.Contains("Player 0"));
            Assert.That(() => FineTuneUtility.Create(game.Model, [stranger], TinyGame.Validation), Throws.ArgumentException.With.Message.Contains("128"));
            Assert.That(() => FineTuneUtility.Create(new MemoryTensorSet(), TinyGame.Examples, TinyGame.Validation), Throws.TypeOf<RuntimeException>());
            Assert.That(() => new FineTuneOptions { Training = new TrainingOptions { CheckpointFolder = "x" } }, Throws.ArgumentException);
        }
    }

    [Test]
    public async Task EvaluateAsync_WhenCancelledOrDisposed_Stops()
    {
        using TinyGame game = new();
        FineTuneUtility utility = FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options);
        double before = await ValueAsync(utility, Good);

        Assert.That(async () => await utility.EvaluateAsync([new UtilityRequest(Good, 0, 7)], new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ValueAsync(utility, Good), Is.EqualTo(before), "A model that was stopped halfway is not used again.");
            utility.Dispose();
            Assert.That(async () => await ValueAsync(utility, Good), Throws.TypeOf<ObjectDisposedException>());
        }
    }

    /// <summary>Is cancelled after some evaluations.</summary>
    private sealed class Stopping(IUtility utility, int evaluations, CancellationTokenSource source) : IUtility
    {
        private int _left = evaluations;

        public string Id => utility.Id;

        public int PlayerCount => utility.PlayerCount;

        public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
        {
            if (_left-- == 0)
            {
                source.Cancel();
                source.Token.ThrowIfCancellationRequested();
            }

            return utility.EvaluateAsync(requests, cancellationToken);
        }
    }

    private static async Task<double> ValueAsync(FineTuneUtility utility, Coalition coalition, ulong seed = 7) =>
        (await utility.EvaluateAsync([new UtilityRequest(coalition, 0, seed)]))[0];
}
